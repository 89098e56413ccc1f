import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChunkedBytes, inPieces } from "../../../src/commands/tar/chunked-bytes.ts";

const chunksOf = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 });

async function* source(chunks: readonly Uint8Array[], onEnd = () => {}): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks;
  } finally {
    onEnd();
  }
}

describe("bytes in chunks of any size", () => {
  it("come out the same in pieces of any size, all full but the last", async () => {
    await fc.assert(
      fc.asyncProperty(chunksOf, fc.integer({ min: 1, max: 50 }), async (chunks, size) => {
        const pieces: Uint8Array[] = [];
        for await (const piece of inPieces(source(chunks), size)) pieces.push(piece);
        expect(Buffer.concat(pieces).equals(Buffer.concat(chunks))).toBe(true);
        expect(pieces.slice(0, -1).every((piece) => piece.length === size)).toBe(true);
        expect(pieces.at(-1)?.length).not.toBe(0);
      }),
    );
  });

  it("can be taken beyond their end, any number of times", async () => {
    const bytes = new ChunkedBytes(source([Buffer.from("abc")]));
    expect(Buffer.from(await bytes.take(5)).toString()).toBe("abc");
    expect(await bytes.take(5)).toHaveLength(0);
    expect(await bytes.take(5)).toHaveLength(0);
  });

  it("close their source when the rest is not wanted", async () => {
    const ends: string[] = [];
    for await (const _ of inPieces(
      source([Buffer.from("abc"), Buffer.from("def")], () => ends.push("closed")),
      1,
    )) {
      break;
    }
    expect(ends).toEqual(["closed"]);
  });
});
