// Reads a directory a part at a time, so that the largest one holds up nothing else for long.
import { opendir } from "node:fs/promises";
import type { ByteText } from "./file-names.ts";

/** How many entries are read at once. */
const ENTRIES_AT_ONCE = 1000;

export interface DirectoryEntry {
  readonly name: ByteText;
  /** A symbolic link may be one too. */
  readonly mayBeDirectory: boolean;
}

/** The entries without `.` and `..`, in no particular order. Throws the system's errors. */
export async function* directoryEntries(path: ByteText): AsyncGenerator<DirectoryEntry> {
  // Node takes bytes both ways, and only then copes with file systems that do not tell types; its types say otherwise.
  const encoding = "buffer" as BufferEncoding;
  for await (const entry of await opendir(bytePath(path), { encoding, bufferSize: ENTRIES_AT_ONCE })) {
    const name = (entry.name as unknown as Buffer).toString("latin1");
    yield { name, mayBeDirectory: entry.isDirectory() || entry.isSymbolicLink() };
  }
}

/** A path in the form that Node passes on as it is. */
export function bytePath(path: ByteText): Buffer {
  return Buffer.from(path, "latin1");
}
