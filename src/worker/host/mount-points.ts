// Where file systems are mounted, so that nothing is removed from them by mistake. The number of a device does not tell:
// a directory that is mounted a second time has that of the file system it is on.
import { readFile } from "node:fs/promises";

/** Absolute paths, as byte text; none where the system does not tell (proc_pid_mountinfo(5)). */
export async function mountPoints(): Promise<readonly string[]> {
  const table = await readFile("/proc/self/mountinfo", "latin1").catch(() => ""); // not a Linux, or no /proc
  return mountPointsIn(table);
}

/** The same of the text of such a table, in which blanks and the like are octal numbers. */
export function mountPointsIn(table: string): readonly string[] {
  return table
    .split("\n")
    .map((line) => line.split(" ")[4])
    .filter((path) => path !== undefined)
    .map((path) =>
      path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    );
}
