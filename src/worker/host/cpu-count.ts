// How many processors a build may really use here: affinity and the quotas of control groups, not what the machine has.
// Facts: the kernel's cgroup-v2 document (cpu.max) and its scheduler documents (cpu.cfs_quota_us).
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { readHostText } from "./host-text.ts";

/** Every file read here is one line or a few. */
const CONTROL_FILE_LIMIT_BYTES = 16_384;

/** How many groups inside each other are looked at, from the outermost. */
const GROUP_DEPTH_LIMIT = 32;

export interface CpuCountRequest {
  /** What the worker's settings say; it wins. */
  readonly configured: number | undefined;
  /** Where /proc and /sys are found: `/`. */
  readonly root: string;
  /** What the process may use but for quotas; that of its affinity when left out. */
  readonly parallelism?: number;
}

/** At least 1. Never rejects: what cannot be read sets no limit. */
export async function cpuCount({ configured, root, parallelism }: CpuCountRequest): Promise<number> {
  if (configured !== undefined) return configured;
  const quotas = await Promise.all((await groupDirectories(root)).map(quotaCpus));
  // Half a processor is one that is there half of the time, not none.
  return Math.max(1, Math.ceil(Math.min(parallelism ?? availableParallelism(), ...quotas)));
}

/** The directories of this process' control group and those it lies in: the tightest quota of all counts. */
async function groupDirectories(root: string): Promise<readonly string[]> {
  const memberships = await readText(join(root, "proc/self/cgroup"));
  return memberships.split("\n").flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    const steps = path
      .split("/")
      .filter((step) => step !== "" && step !== "..")
      .slice(0, GROUP_DEPTH_LIMIT);
    return mounts(controllers).flatMap((mount) =>
      Array.from({ length: steps.length + 1 }, (_, depth) =>
        join(root, "sys/fs/cgroup", mount, ...steps.slice(0, depth)),
      ),
    );
  });
}

/** Where a hierarchy is mounted; version 2 names no controllers. */
function mounts(controllers: string): readonly string[] {
  if (controllers === "") return ["", "unified"];
  return controllers.split(",").includes("cpu") ? [controllers, "cpu"] : [];
}

/** The processors a group's quota is worth; Infinity when it has none. */
async function quotaCpus(directory: string): Promise<number> {
  const [maximum, quota, period] = await Promise.all(
    ["cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us"].map((name) => readText(join(directory, name))),
  );
  return Math.min(quotient(maximum ?? ""), quotient(`${quota?.trim()} ${period?.trim()}`));
}

/** `200000 100000` is 2; `max 100000`, `-1 100000` and anything else is no limit. */
function quotient(written: string): number {
  const [, quota, period] = /^(\d+) (\d+)\s*$/.exec(written) ?? [];
  return quota === undefined || Number(period) === 0 ? Number.POSITIVE_INFINITY : Number(quota) / Number(period);
}

async function readText(path: string): Promise<string> {
  const found = await readHostText(path, CONTROL_FILE_LIMIT_BYTES);
  return found.type === "text" ? found.text : "";
}
