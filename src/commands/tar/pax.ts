// The extended header records of POSIX.1-2001 ("pax"), for values that do not fit into a tar header.
import { isUtf8 } from "node:buffer";

const NANOSECONDS = 1_000_000_000n;

/** record = length " " keyword "=" value "\n"; the decimal length counts the whole record including itself. */
export function paxRecords(values: ReadonlyMap<string, Uint8Array>): Buffer {
  const records = [...values].map(([keyword, value]) => paxRecord(keyword, value));
  // Values are UTF-8 unless this says otherwise; file names may be any bytes.
  const binary = [...values.values()].some((value) => !isUtf8(value));
  return Buffer.concat(binary ? [paxRecord("hdrcharset", Buffer.from("BINARY")), ...records] : records);
}

/** Decimal seconds, with a fraction if it is not zero. */
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
  // Its own digits may make the number one digit longer.
  if (content + String(length).length > length) length += 1;
  return Buffer.concat([Buffer.from(`${length} ${keyword}=`), value, Buffer.from("\n")]);
}
