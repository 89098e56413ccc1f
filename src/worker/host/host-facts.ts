// What a worker tells its master about itself and its host, in answer to getWorkerInfo. Keys and their order: Buildbot
// over PB, "getWorkerInfo". Knows no protocol.
import { join } from "node:path";
import { cpuCount } from "./cpu-count.ts";
import { type OnProblem, readInfoFiles } from "./host-files.ts";
import { readOsRelease } from "./os-release.ts";

export type HostFact = string | number | boolean | null | ReadonlyMap<string, string>;

export interface HostFactsRequest {
  /** Absolute. */
  readonly basedir: string;
  /** As configured; otherwise it is found out. */
  readonly numcpus: number | undefined;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly deleteLeftoverDirs: HostFact;
  /** Version of each command, by name. */
  readonly commands: ReadonlyMap<string, string>;
  /** Where /etc, /proc and /sys are found; `/` when left out. */
  readonly root?: string;
}

/** The facts, in the order the Python worker writes them. Never rejects; what is skipped is said to `onProblem`. */
export async function hostFacts(request: HostFactsRequest, onProblem: OnProblem): Promise<Map<string, HostFact>> {
  const { basedir, numcpus, version, environment, deleteLeftoverDirs, commands, root = "/" } = request;
  return new Map<string, HostFact>([
    ...(await readInfoFiles(basedir, onProblem)),
    ...(await readOsRelease(join(root, "etc/os-release"), onProblem)),
    ["environ", environmentText(environment)],
    ["system", process.platform === "win32" ? "nt" : "posix"],
    ["basedir", basedir],
    ["numcpus", await cpuCount({ configured: numcpus, root })],
    ["version", version],
    ["worker_commands", commands],
    ["delete_leftover_dirs", deleteLeftoverDirs],
  ]);
}

function environmentText(environment: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
