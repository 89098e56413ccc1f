// How often the kernel has killed processes for lack of memory: where this process is accounted for, and in the whole
// system. Knows nothing of which processes those were.
import { join } from "node:path";
import { readSystemFile } from "../tree/index.ts";

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

/** Where the count of our group is, by the directories that were searched: numbers of two groups cannot be compared. */
const groupPaths = new WeakMap<SystemDirectories, string | undefined>();

/** The counts at this moment, some 20 µs. That of a group is of the one that we were in at first. */
export function oomKills(directories: SystemDirectories = SYSTEM_DIRECTORIES): OomKills {
  if (!groupPaths.has(directories)) groupPaths.set(directories, findGroupPath(directories));
  const groupPath = groupPaths.get(directories);
  return {
    group: groupPath === undefined ? undefined : counted(readSystemFile(groupPath)),
    system: counted(readSystemFile(join(directories.proc, "vmstat"))),
  };
}

/** What was added from `before` to `after`. */
export function oomKillsBetween(before: OomKills, after: OomKills): OomKills {
  const added = (scope: keyof OomKills) => {
    const [from, to] = [before[scope], after[scope]];
    return from === undefined || to === undefined ? undefined : Math.max(to - from, 0);
  };
  return { group: added("group"), system: added("system") };
}

/** The first with a count. */
function findGroupPath({ proc, cgroups }: SystemDirectories): string | undefined {
  const paths = counterPaths(readSystemFile(join(proc, "self/cgroup")) ?? "", cgroups);
  return paths.find((path) => counted(readSystemFile(path)) !== undefined);
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
