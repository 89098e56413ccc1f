// Updates of recorded sessions and of our worker, made comparable; and what the recordings need of their host.
import { Float } from "../../src/base/python-values.ts";

/** Updates without what differs from run to run: places, times, inodes, the order of directories, cuts in the text. */
export function comparableUpdates(
  updates: readonly (readonly [string, unknown])[],
  basedir: string,
  home: string,
): unknown[] {
  const joined: [string, unknown][] = [];
  for (const [key, value] of updates) {
    const last = joined.at(-1);
    if (typeof value === "string" && last?.[0] === key) last[1] += value;
    else joined.push([key, value instanceof Float ? { float: "" } : value]);
  }
  const inPlace = (text: string) => text.replaceAll(basedir, "BASEDIR").replaceAll(home, "HOME");
  return joined.map(([key, value]) => {
    if (key === "elapsed") return [key, Object.keys(value as object)];
    if (key === "files") return [key, (value as string[]).map(inPlace).sort()];
    if (key === "stat") return [key, statShape((value as { tuple: number[] }).tuple)];
    if (typeof value !== "string") return [key, value];
    const text = inPlace(value).replaceAll(/elapsedTime=\d+\.\d{6}/g, "elapsedTime=");
    return [key, key === "stdout" ? text.split("\n").sort() : text];
  });
}

function statShape([mode = 0, , , links, , , size = 0, ...times]: readonly number[]): unknown[] {
  const isFile = (mode & 0o170000) === 0o100000;
  return [mode, links, isFile ? size : typeof size, ...times.map((time) => Number.isInteger(time))];
}

/** The `rm` of the recording, which refuses directories with some names once or always. */
export const STUBBORN_RM = `#!/bin/sh
case "$2" in
  *stubborn-once) [ -e "$0.refused" ] || { touch "$0.refused"; echo "rm: refusing $2" >&2; exit 1; } ;;
  *stubborn-always) echo "rm: refusing $2" >&2; exit 1 ;;
esac
exec /bin/rm "$@"
`;
