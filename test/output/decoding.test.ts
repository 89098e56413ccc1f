import { describe, expect, it } from "vitest";
import { Utf8Decoder } from "../../src/output/decoding.ts";

function decode(...chunks: readonly (string | readonly number[])[]): string[] {
  const decoder = new Utf8Decoder();
  const texts = chunks.map((chunk) => decoder.push(Buffer.from(chunk as string)));
  return [...texts, decoder.end()].map((text) => text.toString("utf8"));
}

describe("Utf8Decoder", () => {
  it("passes valid text on without copying it", () => {
    const chunk = Buffer.from("héllo 世界 😀\n");
    const text = new Utf8Decoder().push(chunk);
    expect(text.buffer).toBe(chunk.buffer);
    expect(text.equals(chunk)).toBe(true);
  });

  it("keeps a byte order mark, as Python does", () => {
    expect(decode([0xef, 0xbb, 0xbf, 0x61])).toEqual(["\ufeffa", ""]);
  });

  it("holds the start of a character until the rest arrives", () => {
    expect(decode([0x61, 0xf0], [0x9f], [0x98], [0x80, 0x62])).toEqual(["a", "", "", "😀b", ""]);
  });

  it("replaces what cannot be a character at once", () => {
    expect(decode([0x61, 0xff, 0x62, 0x80], [0xc0, 0x63])).toEqual(["a\ufffdb\ufffd", "\ufffdc", ""]);
    expect(decode([0x61, 0xc0], [0x62, 0xf5], [0x63])).toEqual(["a\ufffd", "b\ufffd", "c", ""]);
  });

  it("replaces a character that another one interrupts, and keeps the other", () => {
    expect(decode([0xe4, 0xb8], [0x61])).toEqual(["", "\ufffda", ""]);
  });

  it("replaces a character that the end cuts off instead of dropping it", () => {
    expect(decode([0x61, 0xe4, 0xb8])).toEqual(["a", "\ufffd"]);
  });

  it("owes nothing after the end", () => {
    const decoder = new Utf8Decoder();
    decoder.push(Buffer.from([0xe4]));
    decoder.end();
    expect(decoder.end()).toHaveLength(0);
  });

  it("does not keep a chunk alive for the bytes it holds", () => {
    const chunk = Buffer.from([0x61, 0xe4]);
    const decoder = new Utf8Decoder();
    decoder.push(chunk);
    chunk.fill(0x62);
    expect(decoder.push(Buffer.from([0xb8, 0x96])).toString()).toBe("世");
  });
});
