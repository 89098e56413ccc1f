// Lists mount points: nothing may be removed from them by mistake, and reading them may wait for a server. The device number
// is not sufficient: a bind mount may have the same number as the file system around it.
import { readFile } from "node:fs/promises";

/** Absolute paths, as byte text; none if the system does not report them (proc_pid_mountinfo(5)). */
export async function mountPoints(): Promise<readonly string[]> {
  const table = await readFile("/proc/self/mountinfo", "latin1").catch(() => ""); // not Linux, or no /proc
  return mountPointsIn(table);
}

/** Parses the text of such a table, in which blanks and other special characters are octal escapes. */
export function mountPointsIn(table: string): readonly string[] {
  return table
    .split("\n")
    .map((line) => line.split(" ")[4])
    .filter((path) => path !== undefined)
    .map((path) =>
      path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    );
}
