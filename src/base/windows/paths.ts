// Paths of Windows as Python's `ntpath` treats them. Text only; the same on every system.

/** A drive (`C:`), or the server and share of a UNC path. */
const DRIVE = /^(?:[A-Za-z]:|[\\/]{2}[^\\/]+[\\/]+[^\\/]+)/;
const SEPARATOR = /[\\/]/;

/** Joins without normalising: a rooted part keeps only the drive before it, another drive discards everything. */
export function joinWindowsPath(...parts: readonly string[]): string {
  return parts.reduce((path, part) => {
    const drive = driveOf(part);
    const rest = part.slice(drive.length);
    const before = driveOf(path);
    if (SEPARATOR.test(rest[0] ?? "")) return drive === "" ? before + rest : part;
    if (drive !== "" && drive.toLowerCase() !== before.toLowerCase()) return part;
    const start = drive === "" ? path : drive + path.slice(before.length);
    // `C:` alone is the current directory of that drive.
    return start === "" || /[\\/:]$/.test(start) ? start + rest : `${start}\\${rest}`;
  });
}

export function isAbsoluteOnWindows(path: string): boolean {
  return /^(?:[A-Za-z]:[\\/]|[\\/]{2})/.test(path);
}

export function firstWindowsSeparator(path: string, from = 0): number {
  const at = path.slice(from).search(SEPARATOR);
  return at < 0 ? -1 : from + at;
}

export function lastWindowsSeparator(path: string, before = path.length): number {
  return before <= 0 ? -1 : Math.max(path.lastIndexOf("/", before - 1), path.lastIndexOf("\\", before - 1));
}

/** Without separators at the end, except those of a root such as `C:\`. */
export function withoutWindowsEnd(path: string): string {
  return path.replace(/(?<=[^\\/:])[\\/]+$/, "");
}

export function windowsPathNames(path: string): readonly string[] {
  // `\\?\` only switches off the interpretation of a path.
  return path
    .replace(/^[\\/]{2}[?.][\\/](?:UNC[\\/])?/i, "")
    .split(/[\\/]+/)
    .filter((name) => name !== "" && name !== ".");
}

/** Windows compares names without case, and ignores dots and spaces at their end. `..` stays. */
export function sameWindowsName(name: string): string {
  if (name === "..") return name;
  const end = /[^. ][. ]*$/.exec(name)?.index ?? -1;
  return Array.from(name.slice(0, end + 1), upperCase).join("");
}

/** One character for one, as the file system's table. */
function upperCase(character: string): string {
  const upper = character.toUpperCase();
  return upper.length === character.length ? upper : character;
}

function driveOf(path: string): string {
  return DRIVE.exec(path)?.[0] ?? "";
}
