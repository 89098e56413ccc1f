// The facts about this worker, its host and its commands that are sent to a master when it attaches. Keys and their order:
// Buildbot over PB, "getWorkerInfo".
import { join } from "node:path";
import { type SystemText, shownText } from "../base/encoding/system-text.ts";
import { systemRules } from "../base/system-rules.ts";
import type { CommandDefinition, CommandRules } from "../commands/index.ts";
import { cpuCount, readInfoFiles, readOsRelease } from "./host/index.ts";
import type { WorkerSettings } from "./settings.ts";

export type HostFact = string | number | boolean | null | ReadonlyMap<string, string>;

export interface FactSettings
  extends Pick<
    WorkerSettings,
    "baseDirectory" | "numcpus" | "version" | "environment" | "deleteLeftoverDirs" | "commands" | "log"
  > {
  readonly rules: Pick<CommandRules, "fileEncoding">;
}

/**
 * The answer to `getWorkerInfo`, in the order of the Python worker. Facts that cannot be read are left out and logged;
 * never rejects. `root`: the directory with /etc, /proc and /sys.
 */
export async function workerInfo(settings: FactSettings, root = "/"): Promise<ReadonlyMap<string, HostFact>> {
  const { baseDirectory, numcpus, version, deleteLeftoverDirs, commands, log } = settings;
  return new Map<string, HostFact>([
    ...(await readInfoFiles(baseDirectory, log)),
    ...(await readOsRelease(join(root, "etc/os-release"), log)),
    ["environ", shownEnvironment(settings)],
    ["system", systemRules.name],
    ["basedir", baseDirectory],
    ["numcpus", await cpuCount({ configured: numcpus, root })],
    ["version", version],
    ["worker_commands", commandVersions(commands)],
    ["delete_leftover_dirs", deleteLeftoverDirs],
  ]);
}

/** Decodes names and values from the host's encoding, since the wire takes only text. */
function shownEnvironment({ environment, rules }: FactSettings): ReadonlyMap<string, string> {
  const shown = (text: SystemText) => shownText(text, rules.fileEncoding);
  const entries = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new Map(entries.map(([name, value]) => [shown(name), shown(value)]));
}

/** Command name → version. */
export function commandVersions(commands: ReadonlyMap<string, CommandDefinition>): ReadonlyMap<string, string> {
  return new Map([...commands].map(([name, { version }]) => [name, version]));
}
