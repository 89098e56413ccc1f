// What the system takes as bytes - words, variables, paths - as text that loses none of them: text in UTF-8, in which
// U+DC80 to U+DCFF, which no UTF-8 holds, stand for the single bytes 80 to FF that are none (as Python has it in PEP
// 383). Such text can be joined, compared and looked up like any other; it must not reach a log or a master as it is.
import { isUtf8 } from "node:buffer";
import { type TextEncoding, utf8 } from "./text-encoding.ts";

/** Text with U+DCxx for a byte that is no UTF-8. */
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

/** The bytes that the system is to see. */
export function systemBytes(text: SystemText): Buffer {
  if (isPlain(text)) return Buffer.from(text);
  const pieces = text.split(/([\udc80-\udcff])/u);
  return Buffer.concat(
    // Every second piece is an escape.
    pieces.map((piece, index) => (index % 2 === 0 ? Buffer.from(piece) : Buffer.of(piece.charCodeAt(0) & 0xff))),
  );
}

/** The text as people may see it, whose bytes are in that encoding. */
export function shownText(text: SystemText, encoding: TextEncoding): string {
  return encoding === utf8 && isPlain(text) ? text : encoding.decode(systemBytes(text));
}

/** Whether Node itself would pass the text on as it is meant. */
export function isPlain(text: SystemText): boolean {
  return text.isWellFormed();
}

/** The form in which Node's file system takes a path: text where it can be. */
export function systemPath(path: SystemText): string | Buffer {
  return isPlain(path) ? path : systemBytes(path);
}

/** How many bytes the character takes that begins here; 0 when none does. */
function lengthOfCharacter(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length += 1) {
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}
