import { isUtf8 } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decoder, openDecoder, Utf8Decoder } from "../../src/output/decoding.ts";
import { encodingNamed } from "../base/encoding/encodings.ts";
import { chunkSizes, inChunks, nearlyUtf8, throughSameMemory } from "./chunks.ts";

function decoded(decoder: Decoder, chunks: readonly Buffer[]): Buffer[] {
  return [...throughSameMemory(chunks, (chunk) => decoder.push(chunk)), decoder.end()];
}

describe("Utf8Decoder on any bytes", () => {
  it("gives what decoding them whole gives, however they are cut", () => {
    fc.assert(
      fc.property(nearlyUtf8, chunkSizes, (bytes, sizes) => {
        const texts = decoded(new Utf8Decoder(), inChunks(bytes, sizes));
        const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
        expect(Buffer.concat(texts).toString("utf8")).toBe(whole);
      }),
    );
  });

  it("gives whole characters after every chunk", () => {
    fc.assert(
      fc.property(nearlyUtf8, chunkSizes, (bytes, sizes) => {
        const decoder = new Utf8Decoder();
        for (const chunk of inChunks(bytes, sizes)) expect(isUtf8(decoder.push(chunk))).toBe(true);
        expect(isUtf8(decoder.end())).toBe(true);
      }),
    );
  });
});

const names =
  "ascii latin-1 cp1252 shift_jis euc_jp euc_kr gbk gb18030 big5 big5hkscs cp949 utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be".split(
    " ",
  );

/** Bytes of any value, and often some that belong together in one encoding or another. */
const anyBytes = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "93fa",
        "967b",
        "8140",
        "feff",
        "fffe",
        "d83dde00",
        "3dd800de",
        "9439fc36",
        "8862",
        "87",
        "81308130",
        "0041",
        "0d0a",
      ),
      fc.integer({ min: 0, max: 255 }).map((byte) => byte.toString(16).padStart(2, "0")),
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.from(parts.join(""), "hex"));

it("a character behind several that are none is whole, though it comes in two pieces", async () => {
  const decoder = openDecoder(await encodingNamed("big5hkscs"));
  const pieces = ["87", "878793", "fa"].map((hex) => Buffer.from(hex, "hex"));
  expect(Buffer.concat(decoded(decoder, pieces)).toString()).toBe("\ufffd\ufffd\ufffd\u{23c9a}");
});

describe.each(names)("a decoder of %s on any bytes", (name) => {
  it("gives what decoding them whole gives, in valid UTF-8, however they are cut", async () => {
    const encoding = await encodingNamed(name);
    fc.assert(
      fc.property(anyBytes, chunkSizes, (bytes, sizes) => {
        const texts = decoded(openDecoder(encoding), inChunks(bytes, sizes));
        for (const text of texts) expect(isUtf8(text)).toBe(true);
        expect(Buffer.concat(texts).toString()).toBe(encoding.decode(bytes).toWellFormed());
      }),
    );
  });

  it("gives back any text that it can write, however it is cut", async () => {
    const encoding = await encodingNamed(name);
    // These write UTF-8, which nobody prints who is to be read in them.
    if (/^utf-(16|32)/.test(name)) return;
    const letters = fc.constantFrom("a", "\n", "é", "ß", "日", "本", "語", "한", "国", "😀", "€");
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 30 }), chunkSizes, (chosen, sizes) => {
        const text = chosen.filter((letter) => encoding.encode(letter) !== undefined).join("");
        const chunks = inChunks(encoding.encode(text) ?? Buffer.alloc(0), sizes);
        const texts = decoded(openDecoder(encoding), chunks);
        expect(Buffer.concat(texts).toString()).toBe(text);
      }),
    );
  });
});
