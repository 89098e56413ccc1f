// Joins POSIX paths as Python does, without normalising them.

/** The parts with a slash between them; an absolute part discards the parts before it. */
export function joinPosixPath(...parts: readonly string[]): string {
  return parts.reduce((path, part) => {
    if (part.startsWith("/") || path === "") return part;
    return path.endsWith("/") ? path + part : `${path}/${part}`;
  });
}

/** The home directory with the rest of a path after `~`, which is empty or begins with a slash. */
export function belowHome(home: string, rest: string): string {
  return home.replace(/(?<!\/)\/+$/, "") + rest || "/";
}
