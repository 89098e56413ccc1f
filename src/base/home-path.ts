// What `~` stands for in a path.

/** The home directory with what stands behind its `~`, which is empty or begins with a slash. */
export function belowHome(home: string, rest: string): string {
  return home.replace(/(?<!\/)\/+$/, "") + rest || "/";
}
