// Counts processes that the kernel has killed for lack of memory: in our memory cgroup, and in the whole system. Does
// not know which processes those were.
import { join } from "node:path";
import { readSystemFile } from "../tree/index.ts";

/** Counts since boot or creation; undefined if not available. */
export interface OomKills {
  /** In our memory cgroup and, with cgroups of version 2, those below it. */
  readonly group: number | undefined;
  /** In the whole system, other containers included. */
  readonly system: number | undefined;
}

/** Where the counts are read from; replaced in tests. */
export interface SystemDirectories {
  readonly proc: string;
  readonly cgroups: string;
}

export const SYSTEM_DIRECTORIES: SystemDirectories = { proc: "/proc", cgroups: "/sys/fs/cgroup" };

/** Path of our group's count. It is kept, because counts of different groups cannot be compared. */
const groupPaths = new WeakMap<SystemDirectories, string | undefined>();

/** The current counts; about 20 µs. The group is the one that we were in at the first call. */
export function oomKills(directories: SystemDirectories = SYSTEM_DIRECTORIES): OomKills {
  if (!groupPaths.has(directories)) groupPaths.set(directories, findGroupPath(directories));
  const groupPath = groupPaths.get(directories);
  return {
    group: groupPath === undefined ? undefined : counted(readSystemFile(groupPath)),
    system: counted(readSystemFile(join(directories.proc, "vmstat"))),
  };
}

/** The increase from `before` to `after`. */
export function oomKillsBetween(before: OomKills, after: OomKills): OomKills {
  const added = (scope: keyof OomKills) => {
    const [from, to] = [before[scope], after[scope]];
    return from === undefined || to === undefined ? undefined : Math.max(to - from, 0);
  };
  return { group: added("group"), system: added("system") };
}

/** The first path with a count. */
function findGroupPath({ proc, cgroups }: SystemDirectories): string | undefined {
  const paths = counterPaths(readSystemFile(join(proc, "self/cgroup")) ?? "", cgroups);
  return paths.find((path) => counted(readSystemFile(path)) !== undefined);
}

/**
 * Paths of the counter in cgroups of version 2 and 1. The root group has none, or that of the system. In a container
 * the path in /proc/self/cgroup may be visible only on the host; its own group is then the root of the mounted
 * hierarchy.
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
