// The frame of a client's binary message, RFC 6455 §5.2. `ws` would mask byte by byte, into new memory: more work than
// all the rest of a flood of output.
import { randomFillSync } from "node:crypto";

/** FIN, and the opcode of a binary message. */
const WHOLE_BINARY = 0x82;
const MASKED = 0x80;
const KEY_BYTES = 4;
const SIXTEEN_BITS = 126;
const SIXTY_FOUR_BITS = 127;

/** Random bytes for keys: to ask for four at a time would take nearly as long as masking. */
const keys = Buffer.alloc(1024 * KEY_BYTES);
let nextKeyAt = keys.length;

/** The header of a frame with this payload, which is masked in place. */
export function maskedFrameHeader(payload: Uint8Array): Buffer {
  const key = nextKey();
  mask(payload, key);
  return Buffer.concat([Buffer.of(WHOLE_BINARY), lengthField(payload.length), key]);
}

function nextKey(): Buffer {
  if (nextKeyAt === keys.length) {
    randomFillSync(keys);
    nextKeyAt = 0;
  }
  nextKeyAt += KEY_BYTES;
  return keys.subarray(nextKeyAt - KEY_BYTES, nextKeyAt);
}

function lengthField(bytes: number): Buffer {
  if (bytes < SIXTEEN_BITS) return Buffer.of(MASKED | bytes);
  const field = Buffer.alloc(bytes <= 0xffff ? 3 : 9);
  field[0] = MASKED | (field.length === 3 ? SIXTEEN_BITS : SIXTY_FOUR_BITS);
  field.writeUIntBE(bytes, field.length - Math.min(field.length - 1, 6), Math.min(field.length - 1, 6));
  return field;
}

/** Four bytes at a time where they are aligned, and four of these at a time, which takes half as long. */
function mask(payload: Uint8Array, key: Buffer): void {
  let at = 0;
  if (payload.byteOffset % KEY_BYTES === 0) {
    const words = new Int32Array(payload.buffer, payload.byteOffset, Math.floor(payload.length / KEY_BYTES / 4) * 4);
    const word = new Int32Array(Uint8Array.from(key).buffer)[0]!;
    for (let index = 0; index < words.length; index += 4) {
      words[index]! ^= word;
      words[index + 1]! ^= word;
      words[index + 2]! ^= word;
      words[index + 3]! ^= word;
    }
    at = words.length * KEY_BYTES;
  }
  for (; at < payload.length; at += 1) payload[at]! ^= key[at % KEY_BYTES]!;
}
