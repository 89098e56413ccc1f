// Reads a directory in parts, so that a large one does not block other work.
import { type Dir, type Dirent, opendirSync } from "node:fs";
import { opendir } from "node:fs/promises";
import { TimeSlicer } from "../process/tree/index.ts";
import type { ByteText } from "./file-names.ts";

const ENTRIES_AT_ONCE = 1000;
/** After so many, in well below a millisecond, the clock is looked at. */
const ENTRIES_A_LOOK = 50;

export interface DirectoryEntry {
  readonly name: ByteText;
  readonly isLink: boolean;
  /** True also for symbolic links. */
  readonly mayBeDirectory: boolean;
}

/** With bytes, contrary to its types, Node also supports file systems that do not report entry types. */
const OPTIONS = { encoding: "buffer" as BufferEncoding, bufferSize: ENTRIES_AT_ONCE };

/** The entries without `.` and `..`, in no particular order. Throws the system's errors. */
export async function* directoryEntries(path: ByteText): AsyncGenerator<DirectoryEntry> {
  for await (const entry of await opendir(bytePath(path), OPTIONS)) yield entryOf(entry);
}

/** Calls `onEntry` with each of them; in the main thread if the directory is near. Throws also what `onEntry` throws. */
export async function eachEntry(
  path: ByteText,
  isNear: boolean,
  onEntry: (entry: DirectoryEntry) => void,
): Promise<void> {
  if (!isNear) {
    for await (const entry of await opendir(bytePath(path), OPTIONS)) onEntry(entryOf(entry));
    return;
  }
  const directory = openNear(bytePath(path));
  try {
    const slices = new TimeSlicer();
    let count = 0;
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      count += 1;
      if (count % ENTRIES_A_LOOK === 0 && slices.isOver) await slices.next();
      onEntry(entryOf(entry));
    }
  } finally {
    directory.closeSync();
  }
}

function openNear(path: Buffer): Dir {
  try {
    return opendirSync(path, OPTIONS);
  } catch (error) {
    // Unlike those of `opendir`, its errors do not have a path that is bytes.
    throw Object.assign(error as Error, { path: path.toString() });
  }
}

function entryOf(entry: Dirent): DirectoryEntry {
  const isLink = entry.isSymbolicLink();
  const name = (entry.name as unknown as Buffer).toString("latin1");
  return { name, isLink, mayBeDirectory: isLink || entry.isDirectory() };
}

/** A path that Node passes on unchanged. */
export function bytePath(path: ByteText): Buffer {
  return Buffer.from(path, "latin1");
}
