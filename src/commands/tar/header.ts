// The header of one entry of a tar archive: POSIX ustar, after a pax header for values that do not fit. Pure.
import { paxRecords, paxTime } from "./pax.ts";

/** Archives consist of blocks of this size. */
export const TAR_BLOCK_BYTES = 512;

const typeFlags = {
  file: "0",
  "hard link": "1",
  "symbolic link": "2",
  "character device": "3",
  "block device": "4",
  directory: "5",
  fifo: "6",
} as const;

const PAX_FLAG = "x";
/** Python's name for them; readers ignore it. */
const PAX_NAME = "././@PaxHeader";

export type TarEntryType = keyof typeof typeFlags;

export interface TarEntry {
  readonly type: TarEntryType;
  /** Any bytes except zeros; ends with a slash for a directory. */
  readonly name: Buffer;
  /** Target of a link; otherwise empty. */
  readonly linkName: Buffer;
  /** Permission bits. */
  readonly mode: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  /** Empty if unknown. */
  readonly userName: string;
  readonly groupName: string;
  /** Size of the content that follows; 0 unless it is a file. */
  readonly sizeBytes: bigint;
  readonly modifiedNs: bigint;
  readonly deviceMajor: bigint;
  readonly deviceMinor: bigint;
}

/** Whole blocks; the content follows immediately. */
export function tarHeader(entry: TarEntry): Buffer {
  const header = ustar(typeFlags[entry.type], entry);
  const extended = new Map<string, Uint8Array>();
  extendText(extended, "path", entry.name, NAME_BYTES);
  extendText(extended, "linkpath", entry.linkName, NAME_BYTES);
  extendText(extended, "uname", Buffer.from(entry.userName), OWNER_BYTES);
  extendText(extended, "gname", Buffer.from(entry.groupName), OWNER_BYTES);
  extendNumber(extended, "uid", entry.uid, SHORT_NUMBER_BYTES);
  extendNumber(extended, "gid", entry.gid, SHORT_NUMBER_BYTES);
  extendNumber(extended, "size", entry.sizeBytes, LONG_NUMBER_BYTES);
  const modified = paxTime(entry.modifiedNs);
  const seconds = wholeSeconds(entry);
  if (modified !== String(seconds) || !fitsOctal(seconds, LONG_NUMBER_BYTES)) {
    extended.set("mtime", Buffer.from(modified));
  }
  if (extended.size === 0) return header;
  const records = paxRecords(extended);
  const size = BigInt(records.length);
  return Buffer.concat([ustar(PAX_FLAG, { ...nothing, sizeBytes: size }), records, paddingBehind(size), header]);
}

/** The zeros that fill the last block of the content. */
export function paddingBehind(sizeBytes: bigint): Buffer {
  const used = Number(sizeBytes % BigInt(TAR_BLOCK_BYTES));
  return Buffer.alloc(used === 0 ? 0 : TAR_BLOCK_BYTES - used);
}

const NAME_BYTES = 100;
const OWNER_BYTES = 32;
const SHORT_NUMBER_BYTES = 8;
const LONG_NUMBER_BYTES = 12;
const CHECKSUM_OFFSET = 148;
const CHECKSUM_BYTES = 8;
/** With the version. */
const MAGIC = "ustar\x0000";
const LARGEST_ASCII = 0x7f;
const NANOSECONDS = 1_000_000_000n;

const nothing: Omit<TarEntry, "type"> = {
  name: Buffer.from(PAX_NAME),
  linkName: Buffer.alloc(0),
  mode: 0n,
  uid: 0n,
  gid: 0n,
  userName: "",
  groupName: "",
  sizeBytes: 0n,
  modifiedNs: 0n,
  deviceMajor: 0n,
  deviceMinor: 0n,
};

// name mode uid gid size mtime checksum flag linkname magic version uname gname devmajor devminor prefix (IEEE 1003.1)
function ustar(flag: string, entry: Omit<TarEntry, "type">): Buffer {
  const header = Buffer.alloc(TAR_BLOCK_BYTES);
  const fields: readonly (readonly [value: string, fieldBytes: number])[] = [
    [text(entry.name, NAME_BYTES), NAME_BYTES],
    [octal(entry.mode, SHORT_NUMBER_BYTES), SHORT_NUMBER_BYTES],
    [octal(entry.uid, SHORT_NUMBER_BYTES), SHORT_NUMBER_BYTES],
    [octal(entry.gid, SHORT_NUMBER_BYTES), SHORT_NUMBER_BYTES],
    [octal(entry.sizeBytes, LONG_NUMBER_BYTES), LONG_NUMBER_BYTES],
    [octal(wholeSeconds(entry), LONG_NUMBER_BYTES), LONG_NUMBER_BYTES],
    [" ".repeat(CHECKSUM_BYTES), CHECKSUM_BYTES], // it counts itself as spaces
    [flag, 1],
    [text(entry.linkName, NAME_BYTES), NAME_BYTES],
    [MAGIC, MAGIC.length],
    [text(Buffer.from(entry.userName), OWNER_BYTES), OWNER_BYTES],
    [text(Buffer.from(entry.groupName), OWNER_BYTES), OWNER_BYTES],
    [octal(entry.deviceMajor, SHORT_NUMBER_BYTES), SHORT_NUMBER_BYTES],
    [octal(entry.deviceMinor, SHORT_NUMBER_BYTES), SHORT_NUMBER_BYTES],
  ];
  let at = 0;
  for (const [value, fieldBytes] of fields) {
    header.write(value, at, "latin1");
    at += fieldBytes;
  }
  let checksum = 0;
  for (const byte of header) checksum += byte;
  header.write(`${checksum.toString(8).padStart(6, "0")}\0 `, CHECKSUM_OFFSET, "latin1");
  return header;
}

/** Values that are not ASCII, or too long, are in the pax header. */
function text(value: Buffer, fieldBytes: number): string {
  return value.toString("latin1", 0, fieldBytes).replaceAll(/[^\0-\x7f]/g, "?");
}

function octal(value: bigint, fieldBytes: number): string {
  const shown = fitsOctal(value, fieldBytes) ? value : 0n;
  return `${shown.toString(8).padStart(fieldBytes - 1, "0")}\0`;
}

function fitsOctal(value: bigint, fieldBytes: number): boolean {
  return value >= 0n && value.toString(8).length < fieldBytes;
}

/** For the header: rounded down, and 0 for times before 1970. */
function wholeSeconds({ modifiedNs }: { readonly modifiedNs: bigint }): bigint {
  return modifiedNs < 0n ? 0n : modifiedNs / NANOSECONDS;
}

function extendText(extended: Map<string, Uint8Array>, keyword: string, value: Uint8Array, fieldBytes: number): void {
  if (value.length > fieldBytes || value.some((byte) => byte > LARGEST_ASCII)) extended.set(keyword, value);
}

function extendNumber(extended: Map<string, Uint8Array>, keyword: string, value: bigint, fieldBytes: number): void {
  if (!fitsOctal(value, fieldBytes)) extended.set(keyword, Buffer.from(String(value)));
}
