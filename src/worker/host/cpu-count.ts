// Counts the processors that a build may use: by affinity and the quotas of control groups, not by what the machine has.
// Facts: the kernel's cgroup-v2 document (cpu.max) and its scheduler documents (cpu.cfs_quota_us).
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { readHostText } from "./host-text.ts";

/** Each file has only a few lines. */
const CONTROL_FILE_LIMIT_BYTES = 16_384;

/** Limit of nested groups that are read, from the outermost. */
const GROUP_DEPTH_LIMIT = 32;

export interface CpuCountRequest {
  /** The worker's setting, which takes precedence. */
  readonly configured: number | undefined;
  /** The directory with /proc and /sys: `/`. */
  readonly root: string;
  /** Processors without quotas; default: by the affinity of this process. */
  readonly parallelism?: number;
}

/** At least 1. Never rejects: files that cannot be read set no limit. */
export async function cpuCount({ configured, root, parallelism }: CpuCountRequest): Promise<number> {
  if (configured !== undefined) return configured;
  const quotas = await Promise.all((await groupDirectories(root)).map(quotaCpus));
  // Rounded up: half a processor is one that is available half of the time.
  return Math.max(1, Math.ceil(Math.min(parallelism ?? availableParallelism(), ...quotas)));
}

/** The directories of this process's control group and its parents: the smallest quota of all applies. */
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

/** Possible mount points of a hierarchy; version 2 names no controllers. */
function mounts(controllers: string): readonly string[] {
  if (controllers === "") return ["", "unified"];
  return controllers.split(",").includes("cpu") ? [controllers, "cpu"] : [];
}

/** The quota of a group in processors; Infinity without a quota. */
async function quotaCpus(directory: string): Promise<number> {
  const [maximum, quota, period] = await Promise.all(
    ["cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us"].map((name) => readText(join(directory, name))),
  );
  return Math.min(quotient(maximum ?? ""), quotient(`${quota?.trim()} ${period?.trim()}`));
}

/** `200000 100000` is 2; `max 100000`, `-1 100000` and anything else mean no limit. */
function quotient(text: string): number {
  const [, quota, period] = /^(\d+) (\d+)\s*$/.exec(text) ?? [];
  return quota === undefined || Number(period) === 0 ? Number.POSITIVE_INFINITY : Number(quota) / Number(period);
}

async function readText(path: string): Promise<string> {
  const found = await readHostText(path, CONTROL_FILE_LIMIT_BYTES);
  return found.type === "text" ? found.text : "";
}
