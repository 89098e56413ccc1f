// Where the worker may make control groups, if anywhere: a question of who owns its own group, and who manages it.
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

export interface HostFacts {
  /** The directory with `cgroup` and `mountinfo` of this process; default /proc/self. */
  readonly procDirectory?: string;
  /** Default: our effective user. */
  readonly userId?: number | undefined;
}

/** Whether commands get control groups: where they are surely ours to make, wherever we can make them, or nowhere. */
export type ControlGroupRule = "auto" | "on" | "off";

/**
 * The directory of our own group in which groups may be made; undefined where that is not ours to do.
 *
 * The kernel must know how to kill a group (`cgroup.kill`, Linux 5.14); the root of all groups has no such file. A group is
 * surely ours when it belongs to us and we are not root: somebody has handed it over then. Root owns the groups that are
 * the service manager's too, and nothing tells them from those that were delegated, so root has to be told.
 */
export function findControlGroupPlace(
  rule: ControlGroupRule,
  { procDirectory = "/proc/self", userId = process.geteuid?.() }: HostFacts = {},
): string | undefined {
  if (rule === "off") return undefined;
  try {
    const directory = controlGroupOf(procDirectory);
    if (directory === undefined) return undefined;
    for (const file of ["cgroup.procs", "cgroup.kill"]) accessSync(join(directory, file), constants.W_OK);
    accessSync(directory, constants.W_OK | constants.X_OK);
    const isSurelyOurs = userId !== 0 && statSync(directory).uid === userId;
    return rule === "on" || isSurelyOurs ? directory : undefined;
  } catch {
    return undefined; // no cgroup v2, or not ours
  }
}

/** The directory of the group (v2) of a process; undefined where we do not see it. Throws as reading `procDirectory` does. */
export function controlGroupOf(procDirectory: string): string | undefined {
  const path = /^0::(\/.*)$/m.exec(readFileSync(join(procDirectory, "cgroup"), "latin1"))?.[1];
  // A group above the root of our namespace shows as one with dots.
  if (path === undefined || path.startsWith("/..")) return undefined;
  for (const line of readFileSync(join(procDirectory, "mountinfo"), "latin1").split("\n")) {
    // id, parent, device, root, mount point, options, optional fields - type, source, options: see proc_pid_mountinfo(5).
    const [mount = "", type = ""] = line.split(" - ");
    const [, , , root = "", mountPoint = ""] = mount.split(" ").map(unescaped);
    // A container may see but a part of all groups, and that mounted anywhere.
    if (type.startsWith("cgroup2 ") && isWithin(path, root)) return join(mountPoint, relative(root, path));
  }
  return undefined;
}

function isWithin(path: string, root: string): boolean {
  return root === "/" || path === root || path.startsWith(`${root}/`);
}

/** Blanks, line ends and backslashes stand there as octal numbers. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
