// Closes descriptors that this process inherited by accident and must not pass on. Children get only 0, 1 and 2: Node
// opens everything close-on-exec, so only descriptors from our own parent can reach them.
import { closeSync } from "node:fs";
import { entriesOf, readSystemFile } from "../tree/index.ts";

/** Linux's `O_CLOEXEC`, in `flags` of /proc/<pid>/fdinfo/<fd>. */
const O_CLOEXEC = 0o2000000;

/**
 * Closes every descriptor above 2 that a child would inherit and returns their numbers. Call once, at startup. Node
 * itself makes 0 to 15 close-on-exec, and further ones up to the first gap: inherited ones among them cannot be
 * distinguished from Node's own and stay open here, but children do not get them. Does nothing on systems other than
 * Linux.
 */
export function closeInheritedDescriptors(): number[] {
  const closed: number[] = [];
  for (const fd of entriesOf("/proc/self/fd").map(Number)) {
    if (fd <= 2 || !survivesExec(fd)) continue;
    closeSync(fd);
    closed.push(fd);
  }
  return closed;
}

/** False for the descriptor that listed the directory, which is closed by now. */
function survivesExec(fd: number): boolean {
  const flags = /^flags:\s*([0-7]+)/m.exec(readSystemFile(`/proc/self/fdinfo/${fd}`) ?? "")?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
}
