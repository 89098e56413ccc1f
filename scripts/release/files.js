// Lists of what goes into an archive: `{ path, mode, bytes }` for a file, `{ path, link }` for a symbolic link. Directories
// follow from the paths.
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";

const PLAIN = 0o644;
const PROGRAM = 0o755;

/** What lies below `folder`, as if below `place`. Links stay links. Only whether it is a program remains of a file's mode. */
export function filesBelow(folder, place = "") {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const file = join(entry.parentPath, entry.name);
    const path = posix.join(place, relative(folder, file).split(sep).join("/"));
    if (entry.isSymbolicLink()) return [{ path, link: readlinkSync(file) }];
    return entry.isFile() ? [oneFile(file, path)] : [];
  });
}

export function oneFile(file, path) {
  const { mode } = statSync(file);
  return { path, mode: (mode & 0o100) === 0 ? PLAIN : PROGRAM, bytes: readFileSync(file) };
}

export function textFile(path, text) {
  return { path, mode: PLAIN, bytes: Buffer.from(text) };
}
