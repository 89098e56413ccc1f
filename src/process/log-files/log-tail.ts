// Follows one file that others write: gives the bytes that are added, whatever becomes of the file meanwhile. Knows no
// text and no time: somebody else says when to look.
import type { BigIntStats, PathLike } from "node:fs";
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { errorCode } from "../../base/error-code.ts";

export interface FollowedFileOptions {
  readonly path: PathLike;
  /** What the file held before is not wanted. */
  readonly follow: boolean;
}

/** How the two ends of what was read of a file looked: by them one is known that was begun anew and has grown past that. */
interface FileEnds {
  /** How much had been read. */
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
  /** When it was last written to, as seen at the last look. */
  changedNs: bigint;
  /** Of what was read up to the last time that there was nothing more; undefined when nothing was. */
  ends: FileEnds | undefined;
}

/** How much of each end is compared. */
const END_BYTES = 256;

/** A FIFO that took the file's place between two calls is not waited for, and a terminal not made ours. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * A file to be read from its start once it changes, or with `follow` from where it ended. Only regular files are opened.
 * What the system refuses, now or for good, is the same as a file that is not there: the next look tries again.
 */
export class FollowedFile {
  readonly #options: FollowedFileOptions;
  /** How the file was when it was last known not to be wanted; undefined when there was none. */
  #unwanted: BigIntStats | undefined;
  #file: OpenFile | undefined;
  /** The file that took the place of the open one, which is read to its end first. */
  #next: OpenFile | undefined;

  constructor(options: FollowedFileOptions) {
    this.#options = options;
  }

  /** Notes what is there already; to be called once, before anybody writes. */
  async remember(): Promise<void> {
    const { path, follow } = this.#options;
    this.#unwanted = await regularFile(path);
    // Held from now on: a file that takes its place can then be told by its inode, which would be used again otherwise.
    if (follow) this.#file = await openFile(path);
    if (this.#file === undefined) return;
    this.#file.at = this.#file.end;
    await noteEnds(this.#file);
  }

  /** Finds out how much there is to read; what is written later is left to the next look. */
  async look(): Promise<void> {
    if (this.#file === undefined) {
      this.#file = await this.#openChanged();
      return;
    }
    // In this order, so that all that was written before the file lost its name is found below.
    this.#next ??= await this.#openReplacement(this.#file);
    await measure(this.#file);
  }

  /** The next bytes, at most as many as fit into `buffer`, which they share; undefined when all was read. */
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

  /** To be called once, when nothing else of it is going on. */
  async close(): Promise<void> {
    await close(this.#file);
    await close(this.#next);
  }

  async #openChanged(): Promise<OpenFile | undefined> {
    const present = await regularFile(this.#options.path);
    if (present === undefined) this.#unwanted = undefined;
    if (present === undefined || isUnchanged(this.#unwanted, present)) return undefined;
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
  // Looked at first: opening a device may do something.
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

/** A file that became shorter was begun anew, and so was one whose ends are others. */
async function measure(file: OpenFile): Promise<void> {
  const status = await unlessRefused(() => file.handle.stat({ bigint: true }));
  file.end = status === undefined ? file.at : Number(status.size);
  const isBegunAnew = file.end < file.at || (status !== undefined && (await hasOtherEnds(file, status)));
  file.changedNs = status?.mtimeNs ?? file.changedNs;
  if (!isBegunAnew) return;
  file.at = 0;
  file.ends = undefined;
}

async function hasOtherEnds({ handle, changedNs, ends }: OpenFile, { mtimeNs }: BigIntStats): Promise<boolean> {
  if (ends === undefined || mtimeNs === changedNs) return false;
  return (await unlessRefused(() => areOthers(handle, ends))) === true;
}

/** There is nothing more to read at the moment. */
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
 * Whether both ends have other bytes now. One end alone is no sign: some programs keep a number at the start of a file, and
 * others write over its last line, such as a closing bracket.
 */
async function areOthers(handle: FileHandle, before: FileEnds): Promise<boolean> {
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
    file.end = file.at; // cut short, or beyond reading, since it was measured
    return undefined;
  }
  file.at += result.bytesRead;
  return buffer.subarray(0, result.bytesRead);
}

async function close(file: Pick<OpenFile, "handle"> | undefined): Promise<void> {
  await unlessRefused(async () => file?.handle.close());
}

/** Undefined for what the system, or Node before it, refuses. */
async function unlessRefused<Value>(call: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await call();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
