// Packs a directory into a tar archive as a stream, with at most one piece of a file in memory and no temporary file.
// Libraries are not used because they decode names, which loses those that are not UTF-8, and open every file, which
// hangs at a FIFO.
import { closeSync, constants, openSync, readSync } from "node:fs";
import { open, readFile, readlink } from "node:fs/promises";
import { TimeSlicer } from "../../process/tree/index.ts";
import { commandsErrors } from "../errors.ts";
import { paddingBehind, TAR_BLOCK_BYTES, type TarEntry, type TarEntryType, tarHeader } from "./header.ts";
import { type TreeEntry, type TreeOptions, walkTree } from "./tree.ts";

/** Bytes of a file that are read at a time. */
const PIECE_BYTES = 128 * 1024;
/**
 * Archives end with at least two blocks of zeros, and are padded to a record of this size, as by Python and GNU tar.
 */
const RECORD_BYTES = 20 * TAR_BLOCK_BYTES;
const END_BYTES = 2 * TAR_BLOCK_BYTES;
const PERMISSION_BITS = 0o7777n;
const NOTHING = Buffer.alloc(0);

/**
 * Names are relative to the root, whose own name is empty. Omits sockets. Throws the system's error for unreadable
 * files, ERR_FILE_SHRANK for a file that becomes shorter meanwhile, and the reason of `signal`.
 */
export async function* packTree(
  root: string | Buffer,
  signal: AbortSignal,
  options: TreeOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const owners = await readOwnerNames();
  const firstNames = new Map<string, Buffer>();
  let writtenBytes = 0;
  const slices = new TimeSlicer();
  for await (const entry of walkTree(root, options)) {
    for await (const chunk of packEntry(entry, { owners, firstNames, isNear: options.isNear === true })) {
      if (slices.isOver) await slices.next();
      signal.throwIfAborted();
      writtenBytes += chunk.length;
      yield chunk;
    }
  }
  const over = (writtenBytes + END_BYTES) % RECORD_BYTES;
  yield Buffer.alloc(END_BYTES + (over === 0 ? 0 : RECORD_BYTES - over));
}

interface Packing {
  readonly owners: OwnerNames;
  readonly firstNames: Map<string, Buffer>;
  readonly isNear: boolean;
}

async function* packEntry(
  entry: TreeEntry,
  { owners, firstNames, isNear }: Packing,
): AsyncGenerator<Buffer, void, undefined> {
  const type = typeOf(entry);
  if (type === undefined) return;
  const firstName = type === "file" ? otherName(entry, firstNames) : undefined;
  if (firstName !== undefined) {
    yield tarHeader({ ...entryOf(entry, "hard link", owners), linkName: firstName });
  } else if (type === "symbolic link") {
    const linkName = await readlink(entry.path, { encoding: "buffer" });
    yield tarHeader({ ...entryOf(entry, type, owners), linkName });
  } else if (type === "file") {
    const header = tarHeader({ ...entryOf(entry, type, owners), sizeBytes: entry.stats.size });
    if (isNear && entry.stats.size <= PIECE_BYTES) yield withContent(header, entry);
    else {
      yield header;
      yield* contentOf(entry);
      yield paddingBehind(entry.stats.size);
    }
  } else {
    yield tarHeader(entryOf(entry, type, owners));
  }
}

function entryOf({ name, stats }: TreeEntry, type: TarEntryType, owners: OwnerNames): TarEntry {
  const isDevice = type === "block device" || type === "character device";
  return {
    type,
    name: type === "directory" ? Buffer.concat([name, Buffer.from("/")]) : name,
    linkName: NOTHING,
    mode: stats.mode & PERMISSION_BITS,
    uid: stats.uid,
    gid: stats.gid,
    userName: owners.users.get(stats.uid) ?? "",
    groupName: owners.groups.get(stats.gid) ?? "",
    sizeBytes: 0n,
    modifiedNs: stats.mtimeNs,
    deviceMajor: isDevice ? majorOf(stats.rdev) : 0n,
    deviceMinor: isDevice ? minorOf(stats.rdev) : 0n,
  };
}

/** Undefined for a socket, which archives cannot contain. */
function typeOf({ stats }: TreeEntry): TarEntryType | undefined {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symbolic link";
  if (stats.isFIFO()) return "fifo";
  if (stats.isCharacterDevice()) return "character device";
  return stats.isBlockDevice() ? "block device" : undefined;
}

/** The name under which this file is already in the archive. */
function otherName({ name, stats }: TreeEntry, firstNames: Map<string, Buffer>): Buffer | undefined {
  if (stats.nlink < 2n) return undefined;
  const identity = `${stats.dev} ${stats.ino}`;
  const first = firstNames.get(identity);
  if (first === undefined) firstNames.set(identity, name);
  return first;
}

/** The file may have been replaced by a link or a FIFO. The root may be a link. */
function openFlags({ name }: TreeEntry): number {
  return constants.O_RDONLY | constants.O_NONBLOCK | (name.length === 0 ? 0 : constants.O_NOFOLLOW);
}

/** The header, the content of a small file, read in the main thread, and the padding. */
function withContent(header: Buffer, entry: TreeEntry): Buffer {
  const sizeBytes = Number(entry.stats.size);
  const endBytes = header.length + sizeBytes;
  const bytes = Buffer.allocUnsafeSlow(endBytes + paddingBehind(entry.stats.size).length);
  header.copy(bytes);
  const file = openSync(entry.path, openFlags(entry));
  try {
    for (let at = header.length; at < endBytes; ) {
      const bytesRead = readSync(file, bytes, at, endBytes - at, null);
      if (bytesRead === 0) throw commandsErrors.fileShrank(entry.path.toString());
      at += bytesRead;
    }
  } finally {
    closeSync(file);
  }
  return bytes.fill(0, endBytes);
}

/** Exactly as many bytes as in the header, even if the file changes meanwhile. */
async function* contentOf(entry: TreeEntry): AsyncGenerator<Buffer, void, undefined> {
  const { path, stats } = entry;
  const file = await open(path, openFlags(entry));
  try {
    let missing = Number(stats.size);
    while (missing > 0) {
      const piece = Buffer.allocUnsafeSlow(Math.min(missing, PIECE_BYTES));
      const { bytesRead } = await file.read(piece, 0, piece.length, null);
      if (bytesRead === 0) throw commandsErrors.fileShrank(path.toString());
      missing -= bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

// Linux: major and minor of a device number consist of two parts each (gnu_dev_major, gnu_dev_minor of glibc).
function majorOf(device: bigint): bigint {
  return ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xff_ff_f0_00n);
}

function minorOf(device: bigint): bigint {
  return (device & 0xffn) | ((device >> 12n) & 0xff_ff_ff_00n);
}

/**
 * The names of users and groups, which Node.js cannot look up. Only those in the local files are known. The master
 * unpacks under its own user, so a missing name does not matter.
 */
interface OwnerNames {
  /** By id. */
  readonly users: ReadonlyMap<bigint, string>;
  readonly groups: ReadonlyMap<bigint, string>;
}

/** From /etc/passwd and /etc/group; never rejects. */
async function readOwnerNames(): Promise<OwnerNames> {
  const [users, groups] = await Promise.all([namesIn("/etc/passwd"), namesIn("/etc/group")]);
  return { users, groups };
}

// line = name ":" password ":" number …
async function namesIn(path: string): Promise<ReadonlyMap<bigint, string>> {
  const text = await readFile(path, "utf8").catch(() => ""); // then there are no names
  const names = new Map<bigint, string>();
  for (const line of text.split("\n")) {
    const [name = "", , number = ""] = line.split(":");
    // If an id has several names, the system uses the first.
    if (/^\d+$/.test(number) && !names.has(BigInt(number))) names.set(BigInt(number), name);
  }
  return names;
}
