// Where the blocks of an upload may end. A step that wants the content as text decodes every block by itself, and fails
// when a character begins in one block and ends in the next. Knows no files.
import { isUtf8 } from "node:buffer";

/** A UTF-8 character has at most this many bytes after its first. */
export const MOST_MISSING_BYTES = 3;

export interface CutCharacter {
  /** The bytes of it that the block has. */
  readonly presentBytes: number;
  /** At most MOST_MISSING_BYTES. */
  readonly missingBytes: number;
}

/** The character that a block of UTF-8 ends in the middle of; undefined for none, and for a block of anything else. */
export function cutCharacter(block: Uint8Array): CutCharacter | undefined {
  const deepest = Math.min(MOST_MISSING_BYTES, block.length);
  for (let presentBytes = 1; presentBytes <= deepest; presentBytes += 1) {
    const byte = block[block.length - presentBytes]!;
    const isContinuation = (byte & 0xc0) === 0x80;
    if (isContinuation) continue;
    const missingBytes = characterBytes(byte) - presentBytes;
    const isCut = missingBytes > 0 && isUtf8(block.subarray(0, block.length - presentBytes));
    return isCut ? { presentBytes, missingBytes } : undefined;
  }
  return undefined;
}

/** The length of a character by its first byte; 1 for a byte that starts none. */
function characterBytes(first: number): number {
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 1;
}
