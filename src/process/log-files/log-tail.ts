// Follows one file that others write: returns the added bytes, even if the file is rotated or truncated. Knows no text
// and no time: the caller decides when to look.
import type { BigIntStats, PathLike } from "node:fs";
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { errorCode } from "../../base/error-code.ts";

export interface FollowedFileOptions {
  readonly path: PathLike;
  /** Skip what the file already contains. */
  readonly follow: boolean;
}

/** Both ends of the part that was read: they reveal a file that was rewritten and has grown past that part. */
interface FileEnds {
  /** Bytes that had been read. */
  readonly at: number;
  readonly head: Buffer;
  readonly tail: Buffer;
}

/** An open file, read up to `at` and known to reach to `end`. */
interface OpenFile {
  readonly handle: FileHandle;
  readonly device: bigint;
  readonly inode: bigint;
  at: number;
  end: number;
  /** Modification time at the last look. */
  changedNs: bigint;
  /** Of the part read when the end was last reached; undefined when nothing was read. */
  ends: FileEnds | undefined;
}

/** Bytes of each end that are compared. */
const END_BYTES = 256;

/** If a FIFO or terminal replaced the file between two calls, do not wait for it or make it our terminal. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * A file that is read from its start once it changes, or with `follow` from its previous end. Only regular files are
 * opened. Any error counts as a missing file: the next look tries again.
 */
export class FollowedFile {
  readonly #options: FollowedFileOptions;
  /** The file before the start, which is not read unless it changes; undefined when there was none. */
  #initial: BigIntStats | undefined;
  #file: OpenFile | undefined;
  /** The file that replaced the open one, which is read to its end first. */
  #next: OpenFile | undefined;

  constructor(options: FollowedFileOptions) {
    this.#options = options;
  }

  /** Records the existing file; call once, before the program starts. */
  async remember(): Promise<void> {
    const { path, follow } = this.#options;
    this.#initial = await regularFile(path);
    // Keep it open, so that its inode is not reused and a replacement can be recognized.
    if (follow) this.#file = await openFile(path);
    if (this.#file === undefined) return;
    this.#file.at = this.#file.end;
    await noteEnds(this.#file);
  }

  /** Determines how much there is to read; later writes are left to the next look. */
  async look(): Promise<void> {
    if (this.#file === undefined) {
      this.#file = await this.#openChanged();
      return;
    }
    // In this order, so that everything written before the file was renamed is found.
    this.#next ??= await this.#openReplacement(this.#file);
    await measure(this.#file);
  }

  /** The next bytes, at most the size of `buffer`, whose memory they share; undefined when everything was read. */
  async read(buffer: Buffer): Promise<Buffer | undefined> {
    while (this.#file !== undefined) {
      const bytes = await readOn(this.#file, buffer);
      if (bytes !== undefined) return bytes;
      if (this.#next === undefined) return noteEnds(this.#file);
      await close(this.#file);
      this.#file = this.#next;
      this.#next = undefined;
    }
    return undefined;
  }

  /** Call once, when no other call is pending. */
  async close(): Promise<void> {
    await close(this.#file);
    await close(this.#next);
  }

  async #openChanged(): Promise<OpenFile | undefined> {
    const present = await regularFile(this.#options.path);
    if (present === undefined) this.#initial = undefined;
    if (present === undefined || isUnchanged(this.#initial, present)) return undefined;
    return openFile(this.#options.path);
  }

  async #openReplacement(file: OpenFile): Promise<OpenFile | undefined> {
    const present = await regularFile(this.#options.path);
    if (present === undefined || (present.dev === file.device && present.ino === file.inode)) return undefined;
    return openFile(this.#options.path);
  }
}

function isUnchanged(before: BigIntStats | undefined, present: BigIntStats): boolean {
  const facts = ["dev", "ino", "size", "mtimeNs", "ctimeNs"] as const;
  return before !== undefined && facts.every((fact) => before[fact] === present[fact]);
}

async function regularFile(path: PathLike): Promise<BigIntStats | undefined> {
  const status = await unlessRefused(() => stat(path, { bigint: true }));
  return status?.isFile() ? status : undefined;
}

async function openFile(path: PathLike): Promise<OpenFile | undefined> {
  // Checked first, because opening a device may have side effects.
  if ((await regularFile(path)) === undefined) return undefined;
  const handle = await unlessRefused(() => open(path, READ_FLAGS));
  if (handle === undefined) return undefined;
  const status = await unlessRefused(() => handle.stat({ bigint: true }));
  if (status?.isFile()) {
    const { dev: device, ino: inode, size, mtimeNs: changedNs } = status;
    return { handle, device, inode, at: 0, end: Number(size), changedNs, ends: undefined };
  }
  await close({ handle });
  return undefined;
}

/** A file that became shorter, or whose ends changed, was rewritten. */
async function measure(file: OpenFile): Promise<void> {
  const status = await unlessRefused(() => file.handle.stat({ bigint: true }));
  file.end = status === undefined ? file.at : Number(status.size);
  const isRewritten = file.end < file.at || (status !== undefined && (await endsChanged(file, status)));
  file.changedNs = status?.mtimeNs ?? file.changedNs;
  if (!isRewritten) return;
  file.at = 0;
  file.ends = undefined;
}

async function endsChanged({ handle, changedNs, ends }: OpenFile, { mtimeNs }: BigIntStats): Promise<boolean> {
  if (ends === undefined || mtimeNs === changedNs) return false;
  return (await unlessRefused(() => bothDiffer(handle, ends))) === true;
}

/** Called when the end was reached. */
async function noteEnds(file: OpenFile): Promise<undefined> {
  const { handle, at, ends } = file;
  if (at > 0 && at !== ends?.at) file.ends = await unlessRefused(() => readEnds(handle, at));
}

/** The ends of the first `at` bytes. */
async function readEnds(handle: FileHandle, at: number): Promise<FileEnds> {
  const length = Math.min(at, END_BYTES);
  return { at, head: await readAt(handle, 0, length), tail: await readAt(handle, at - length, length) };
}

/**
 * Whether both ends have changed. One end is not enough: some programs update a number at the start of a file, others
 * overwrite its last line, such as a closing bracket.
 */
async function bothDiffer(handle: FileHandle, before: FileEnds): Promise<boolean> {
  const { head, tail } = await readEnds(handle, before.at);
  return !head.equals(before.head) && !tail.equals(before.tail);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, position);
  return bytes.subarray(0, bytesRead);
}

async function readOn(file: OpenFile, buffer: Buffer): Promise<Buffer | undefined> {
  if (file.at >= file.end) return undefined;
  const length = Math.min(buffer.length, file.end - file.at);
  const result = await unlessRefused(() => file.handle.read(buffer, 0, length, file.at));
  if (result === undefined || result.bytesRead === 0) {
    file.end = file.at; // truncated or unreadable since it was measured
    return undefined;
  }
  file.at += result.bytesRead;
  return buffer.subarray(0, result.bytesRead);
}

async function close(file: Pick<OpenFile, "handle"> | undefined): Promise<void> {
  await unlessRefused(async () => file?.handle.close());
}

/** Undefined if the system, or Node itself, refuses the call. */
async function unlessRefused<Value>(call: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await call();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
