// Paths of POSIX put together as Python does it: nothing is normalised.

/** The parts with a slash between them; what stands before an absolute part does not count. */
export function joinPath(...parts: readonly string[]): string {
  return parts.reduce((path, part) => {
    if (part.startsWith("/") || path === "") return part;
    return path.endsWith("/") ? path + part : `${path}/${part}`;
  });
}

/** The home directory with what stands behind its `~`, which is empty or begins with a slash. */
export function belowHome(home: string, rest: string): string {
  return home.replace(/(?<!\/)\/+$/, "") + rest || "/";
}
