// What a master is told about this worker and its host when it attaches, and about its commands.
import type { CommandDefinition } from "../commands/command.ts";
import type { JellyValue } from "../wire/jelly/values.ts";
import { hostFacts } from "./host-facts.ts";
import type { WorkerSettings } from "./settings.ts";

/** The answer to `getWorkerInfo`; what cannot be told is left out and said in the log. */
export async function workerInfo(settings: WorkerSettings): Promise<JellyValue> {
  const facts = await hostFacts(
    {
      basedir: settings.baseDirectory,
      numcpus: settings.numcpus,
      version: settings.version,
      environment: settings.environment,
      deleteLeftoverDirs: settings.deleteLeftoverDirs,
      commands: commandVersions(settings.commands),
    },
    settings.log,
  );
  return new Map<JellyValue, JellyValue>(facts);
}

/** Command name → version. */
export function commandVersions(commands: ReadonlyMap<string, CommandDefinition>): ReadonlyMap<string, string> {
  return new Map([...commands].map(([name, { version }]) => [name, version]));
}
