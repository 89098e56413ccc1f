// How the two ends of what was read of a file looked, by which a file is known that was begun anew and has grown past that
// again. Knows nothing of what is done about it.
import type { FileHandle } from "node:fs/promises";

export interface FileEnds {
  /** How much had been read. */
  readonly at: number;
  readonly head: Buffer;
  readonly tail: Buffer;
}

/** Of each end. */
const END_BYTES = 256;

/** The ends of the first `at` bytes. */
export async function readEnds(handle: FileHandle, at: number): Promise<FileEnds> {
  const length = Math.min(at, END_BYTES);
  return { at, head: await readAt(handle, 0, length), tail: await readAt(handle, at - length, length) };
}

/**
 * Whether both ends have other bytes now. One end alone is no sign: some programs keep a number at the start of a file, and
 * others write over its last line, such as a closing bracket.
 */
export async function areOthers(handle: FileHandle, before: FileEnds): Promise<boolean> {
  const { head, tail } = await readEnds(handle, before.at);
  return !head.equals(before.head) && !tail.equals(before.tail);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, position);
  return bytes.subarray(0, bytesRead);
}
