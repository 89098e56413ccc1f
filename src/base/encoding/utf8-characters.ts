// Boundaries of characters in UTF-8.
import { isUtf8 } from "node:buffer";

/** A UTF-8 character has at most this many bytes after the first. */
export const MOST_MISSING_BYTES = 3;

export interface CutCharacter {
  /** Bytes of the character that are present. */
  readonly presentBytes: number;
  /** At most MOST_MISSING_BYTES. */
  readonly missingBytes: number;
}

/** The incomplete character at the end of UTF-8 text; undefined if there is none, and for bytes that are not UTF-8. */
export function cutCharacter(bytes: Uint8Array): CutCharacter | undefined {
  const last = unfinishedCharacter(bytes);
  return last !== undefined && isUtf8(bytes.subarray(0, bytes.length - last.presentBytes)) ? last : undefined;
}

/** The character that may begin in the last bytes, whatever precedes them. */
export function unfinishedCharacter(bytes: Uint8Array): CutCharacter | undefined {
  const deepest = Math.min(MOST_MISSING_BYTES, bytes.length);
  for (let presentBytes = 1; presentBytes <= deepest; presentBytes += 1) {
    const byte = bytes[bytes.length - presentBytes]!;
    if (isContinuation(byte)) continue;
    const missingBytes = characterBytes(byte) - presentBytes;
    return missingBytes > 0 ? { presentBytes, missingBytes } : undefined;
  }
  return undefined;
}

/** Whether the byte is not the first of its character. */
export function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** The length of a character by its first byte; 1 for an invalid first byte. */
function characterBytes(first: number): number {
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 1;
}
