// Reads a small text file from the settings, without blocking on a pipe or device.
import { isUtf8 } from "node:buffer";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { systemReason } from "../base/system-error.ts";

/** The text, or the reason in Python's words: `No such file or directory`. */
export type FileReading =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string };

/** Reads a regular file of at most `limitBytes` bytes of UTF-8. Follows links. */
export function readRegularFile(path: string, limitBytes: number): FileReading {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!fstatSync(descriptor).isFile()) return { ok: false, reason: "Not a regular file" };
    const bytes = readUpTo(descriptor, limitBytes + 1);
    if (bytes.length > limitBytes) return { ok: false, reason: `Longer than ${limitBytes} bytes` };
    if (!isUtf8(bytes)) return { ok: false, reason: "Not UTF-8 text" };
    return { ok: true, text: bytes.toString("utf8") };
  } catch (error) {
    return { ok: false, reason: systemReason(error) };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function readUpTo(descriptor: number, limitBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(limitBytes);
  let length = 0;
  for (;;) {
    const got = readSync(descriptor, bytes, length, limitBytes - length, null);
    length += got;
    if (got === 0 || length === limitBytes) return bytes.subarray(0, length);
  }
}
