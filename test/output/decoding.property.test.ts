import { isUtf8 } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Utf8Decoder } from "../../src/output/decoding.ts";
import { chunkSizes, inChunks, nearlyUtf8 } from "./chunks.ts";

describe("Utf8Decoder on any bytes", () => {
  it("gives what decoding them whole gives, however they are cut", () => {
    fc.assert(
      fc.property(nearlyUtf8, chunkSizes, (bytes, sizes) => {
        const decoder = new Utf8Decoder();
        const texts = [...inChunks(bytes, sizes).map((chunk) => decoder.push(chunk)), decoder.end()];
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
