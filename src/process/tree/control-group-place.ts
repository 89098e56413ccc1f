// Finds where the worker may create control groups, which depends on who owns and who manages its own group.
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

export interface HostFacts {
  /** Has `cgroup` and `mountinfo` of this process; default /proc/self. */
  readonly procDirectory?: string;
  /** Default: our effective user. */
  readonly userId?: number | undefined;
}

/** Whether commands get control groups: if the worker's group is delegated to us, if we can create any, or never. */
export type ControlGroupRule = "auto" | "on" | "off";

/**
 * The directory of our own group, if we may create groups in it.
 *
 * The kernel must be able to kill a group (`cgroup.kill`, Linux 5.14); the root group has no such file. A group that
 * belongs to us was delegated, unless we are root: root also owns the service manager's groups, which look the same as
 * delegated ones, so for root control groups must be enabled explicitly.
 */
export function findControlGroupPlace(
  rule: ControlGroupRule,
  { procDirectory = "/proc/self", userId = process.geteuid?.() }: HostFacts = {},
): string | undefined {
  if (rule === "off") return undefined;
  try {
    const directory = controlGroupOf(procDirectory);
    if (directory === undefined) return undefined;
    // Those below are ours with all their files; of this one, a service manager keeps cgroup.kill to itself.
    accessSync(join(directory, "cgroup.kill"));
    accessSync(join(directory, "cgroup.procs"), constants.W_OK);
    accessSync(directory, constants.W_OK | constants.X_OK);
    const isDelegated = userId !== 0 && statSync(directory).uid === userId;
    return rule === "on" || isDelegated ? directory : undefined;
  } catch {
    return undefined; // no cgroup v2, or not ours
  }
}

/**
 * The directory of the group (v2) of a process; undefined if it is not visible. Throws if `procDirectory` is
 * unreadable.
 */
export function controlGroupOf(procDirectory: string): string | undefined {
  const path = /^0::(\/.*)$/m.exec(readFileSync(join(procDirectory, "cgroup"), "latin1"))?.[1];
  // A group outside the root of our namespace begins with dots.
  if (path === undefined || path.startsWith("/..")) return undefined;
  for (const line of readFileSync(join(procDirectory, "mountinfo"), "latin1").split("\n")) {
    // id, parent, device, root, mount point, options, optional fields - type, source, options: see
    // proc_pid_mountinfo(5).
    const [mount = "", type = ""] = line.split(" - ");
    const [, , , root = "", mountPoint = ""] = mount.split(" ").map(unescaped);
    // A container may see only a part of the groups, mounted anywhere.
    if (type.startsWith("cgroup2 ") && isWithin(path, root)) return join(mountPoint, relative(root, path));
  }
  return undefined;
}

function isWithin(path: string, root: string): boolean {
  return root === "/" || path === root || path.startsWith(`${root}/`);
}

/** Blanks, newlines and backslashes are octal escapes. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
