// The extended header records of POSIX.1-2001 ("pax"), for what the fields of a tar header cannot hold.
import { isUtf8 } from "node:buffer";

const NANOSECONDS = 1_000_000_000n;

/** record = length " " keyword "=" value "\n", where the length in decimal counts the whole record, itself too. */
export function paxRecords(values: ReadonlyMap<string, Uint8Array>): Buffer {
  const records = [...values].map(([keyword, value]) => paxRecord(keyword, value));
  // Values are UTF-8 unless this says otherwise; names are whatever bytes the file system has.
  const binary = [...values.values()].some((value) => !isUtf8(value));
  return Buffer.concat(binary ? [paxRecord("hdrcharset", Buffer.from("BINARY")), ...records] : records);
}

/** Decimal seconds, with a fraction only where there is one. */
export function paxTime(timeNs: bigint): string {
  const sizeNs = timeNs < 0n ? -timeNs : timeNs;
  const fraction = String(sizeNs % NANOSECONDS)
    .padStart(9, "0")
    .replace(/(?<!0)0+$/, "");
  const whole = `${timeNs < 0n ? "-" : ""}${sizeNs / NANOSECONDS}`;
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

function paxRecord(keyword: string, value: Uint8Array): Buffer {
  const content = keyword.length + value.length + 3;
  let length = content + String(content).length;
  // Its own digits may make the length one digit longer.
  if (content + String(length).length > length) length += 1;
  return Buffer.concat([Buffer.from(`${length} ${keyword}=`), value, Buffer.from("\n")]);
}
