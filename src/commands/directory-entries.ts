// Reads a directory in parts, so that a large one does not block other work.
import { opendir } from "node:fs/promises";
import type { ByteText } from "./file-names.ts";

const ENTRIES_AT_ONCE = 1000;

export interface DirectoryEntry {
  readonly name: ByteText;
  /** True also for symbolic links. */
  readonly mayBeDirectory: boolean;
}

/** The entries without `.` and `..`, in no particular order. Throws the system's errors. */
export async function* directoryEntries(path: ByteText): AsyncGenerator<DirectoryEntry> {
  // With bytes, contrary to its types, Node also supports file systems that do not report entry types.
  const encoding = "buffer" as BufferEncoding;
  for await (const entry of await opendir(bytePath(path), { encoding, bufferSize: ENTRIES_AT_ONCE })) {
    const name = (entry.name as unknown as Buffer).toString("latin1");
    yield { name, mayBeDirectory: entry.isDirectory() || entry.isSymbolicLink() };
  }
}

/** A path that Node passes on unchanged. */
export function bytePath(path: ByteText): Buffer {
  return Buffer.from(path, "latin1");
}
