// What a master is told about this worker and its host when it attaches, and about its commands.
import { type SystemText, shownText } from "../base/encoding/system-text.ts";
import type { CommandDefinition } from "../commands/index.ts";
import { type HostFact, hostFacts } from "./host/index.ts";
import type { WorkerSettings } from "./settings.ts";

/** The answer to `getWorkerInfo`; what cannot be told is left out and said in the log. */
export async function workerInfo(settings: WorkerSettings): Promise<ReadonlyMap<string, HostFact>> {
  return hostFacts(
    {
      basedir: settings.baseDirectory,
      numcpus: settings.numcpus,
      version: settings.version,
      environment: shownEnvironment(settings),
      deleteLeftoverDirs: settings.deleteLeftoverDirs,
      commands: commandVersions(settings.commands),
    },
    settings.log,
  );
}

/** A name or a value that is not in the host's encoding would be no text for the wire. */
function shownEnvironment({ environment, rules }: WorkerSettings): Readonly<Record<string, string>> {
  const shown = (text: SystemText) => shownText(text, rules.fileEncoding);
  const entries = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [shown(name), shown(value)]));
}

/** Command name → version. */
export function commandVersions(commands: ReadonlyMap<string, CommandDefinition>): ReadonlyMap<string, string> {
  return new Map([...commands].map(([name, { version }]) => [name, version]));
}
