// Ways to cut a stream into chunks, for the property tests of everything that takes a stream.
import * as fc from "fast-check";

/** Sizes to cut by; the last one is used for what is left over. */
export const chunkSizes = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 60 });

/** The bytes in chunks of the given sizes, the rest in one chunk. */
export function inChunks(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...chunks, bytes.subarray(at)];
}

/** What is made of each chunk, when all are read into the same memory as those of a pipe are. */
export function throughSameMemory(chunks: readonly Buffer[], take: (chunk: Buffer) => Buffer): Buffer[] {
  const memory = Buffer.alloc(Math.max(0, ...chunks.map(({ length }) => length)));
  return chunks.map((chunk) => Buffer.from(take(memory.subarray(0, chunk.copy(memory)))));
}

/** Bytes of which many are half a character, or no character at all. */
export const nearlyUtf8 = fc
  .array(
    fc.oneof(
      fc.constantFrom("a", "é", "世", "😀", "\n").map((character) => [...Buffer.from(character)]),
      fc
        .constantFrom(0x80, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xe4, 0xed, 0xf0, 0xf4, 0xf5, 0xff)
        .map((byte) => [byte]),
      fc.integer({ min: 0, max: 255 }).map((byte) => [byte]),
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.from(parts.flat()));
