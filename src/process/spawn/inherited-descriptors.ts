// Descriptors this process inherited by accident and must not pass on. Children get 0, 1 and 2 and nothing else:
// all that Node opens is close-on-exec, so only what came from our own parent can reach them.
import { closeSync } from "node:fs";
import { entriesOf, readSystemFile } from "../tree/index.ts";

/** Linux's `O_CLOEXEC`, in `flags` of /proc/<pid>/fdinfo/<fd>. */
const O_CLOEXEC = 0o2000000;

/**
 * Closes every descriptor above 2 that a child would inherit and returns their numbers. To be called once, at start.
 * At its own start Node makes 0 to 15 close-on-exec, and on up to the first gap: of those, inherited ones cannot be told
 * from Node's own and stay open here, but no child sees them. Elsewhere than on Linux nothing is done.
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

/** Not the descriptor that listed the directory, which is closed by now. */
function survivesExec(fd: number): boolean {
  const flags = /^flags:\s*([0-7]+)/m.exec(readSystemFile(`/proc/self/fdinfo/${fd}`) ?? "")?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
}
