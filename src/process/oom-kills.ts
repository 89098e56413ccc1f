// How often the kernel has killed processes for lack of memory: where this process is accounted for, and in the whole
// system. Knows nothing of which processes those were.
import { join } from "node:path";
import { readKernelFile } from "./kernel-file.ts";

/** Since some time in the past; undefined where the system does not tell. */
export interface OomKills {
  /** In our memory cgroup and, with cgroups of version 2, those below it. */
  readonly group: number | undefined;
  /** In the whole system, other containers included. */
  readonly system: number | undefined;
}

/** What the counts are read from; tests have directories of their own. */
export interface SystemDirectories {
  readonly proc: string;
  readonly cgroups: string;
}

export const SYSTEM_DIRECTORIES: SystemDirectories = { proc: "/proc", cgroups: "/sys/fs/cgroup" };

/** The counts at this moment, some 60 µs. */
export function oomKills({ proc, cgroups }: SystemDirectories = SYSTEM_DIRECTORIES): OomKills {
  const paths = counterPaths(readText(join(proc, "self/cgroup")) ?? "", cgroups);
  const groups = paths.map((path) => counted(readText(path)));
  return { group: groups.find((count) => count !== undefined), system: counted(readText(join(proc, "vmstat"))) };
}

/** What was added from `before` to `after`. */
export function oomKillsBetween(before: OomKills, after: OomKills): OomKills {
  const added = (scope: keyof OomKills) => {
    const [from, to] = [before[scope], after[scope]];
    return from === undefined || to === undefined ? undefined : Math.max(to - from, 0);
  };
  return { group: added("group"), system: added("system") };
}

/**
 * Where cgroups of version 2 and 1 may have their counter. The root of all has none, or is the system; in a container the
 * path in /proc/self/cgroup may be one that only its host sees, and its own is the root of what is mounted.
 */
function counterPaths(membership: string, cgroups: string): readonly string[] {
  return membership.split("\n").flatMap((line) => {
    const [, , controllers, path = ""] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === "") return [join(cgroups, path, "memory.events"), join(cgroups, "memory.events")];
    if (controllers?.split(",").includes("memory") !== true) return [];
    return [path, "/"].map((one) => join(cgroups, "memory", one, "memory.oom_control"));
  });
}

function counted(text: string | undefined): number | undefined {
  const count = /^oom_kill (\d+)$/m.exec(text ?? "")?.[1];
  return count === undefined ? undefined : Number(count);
}

function readText(path: string): string | undefined {
  try {
    return readKernelFile(path);
  } catch {
    return undefined; // there is no such cgroup, or no such system
  }
}
