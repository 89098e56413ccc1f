// Bytes of the operating system (arguments, variables, paths) as text without loss: valid UTF-8 is decoded, and U+DC80
// to U+DCFF, which UTF-8 cannot contain, stand for invalid bytes 80 to FF, as in Python (PEP 383). Such text can be
// joined, compared and looked up, but must not be sent to a log or a master as it is.
import { isUtf8 } from "node:buffer";
import { type TextEncoding, utf8 } from "./text-encoding.ts";

/** Text with U+DCxx for bytes that are not UTF-8. */
export type SystemText = string;

const BYTE_ESCAPES = 0xdc00;

export function systemText(bytes: Buffer): SystemText {
  if (isUtf8(bytes)) return bytes.toString();
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOfCharacter(bytes, at);
    text += length > 0 ? bytes.toString("utf8", at, at + length) : String.fromCharCode(BYTE_ESCAPES + bytes[at]!);
    at += Math.max(length, 1);
  }
  return text;
}

/** The bytes for the operating system. */
export function systemBytes(text: SystemText): Buffer {
  if (isPlain(text)) return Buffer.from(text);
  const pieces = text.split(/([\udc80-\udcff]+)/u);
  // Every second piece is escapes, of which `latin1` keeps the low bytes.
  return Buffer.concat(pieces.map((piece, index) => Buffer.from(piece, index % 2 === 0 ? "utf8" : "latin1")));
}

/** Text for people, decoding the bytes in that encoding. */
export function shownText(text: SystemText, encoding: TextEncoding): string {
  return encoding === utf8 && isPlain(text) ? text : encoding.decode(systemBytes(text));
}

/** Whether Node itself would pass on the text correctly. */
export function isPlain(text: SystemText): boolean {
  return text.isWellFormed();
}

/** A path for Node's file system functions: text if possible. */
export function systemPath(path: SystemText): string | Buffer {
  return isPlain(path) ? path : systemBytes(path);
}

/** Length of the character that begins here; 0 if none does. */
function lengthOfCharacter(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length += 1) {
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}
