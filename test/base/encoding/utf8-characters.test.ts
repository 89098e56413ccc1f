import { describe, expect, it } from "vitest";
import { cutCharacter } from "../../../src/base/encoding/utf8-characters.ts";

describe("a block that ends inside a character", () => {
  it.each([
    { character: "é", presentBytes: 1, missingBytes: 1 },
    { character: "€", presentBytes: 1, missingBytes: 2 },
    { character: "€", presentBytes: 2, missingBytes: 1 },
    { character: "😀", presentBytes: 1, missingBytes: 3 },
    { character: "😀", presentBytes: 2, missingBytes: 2 },
    { character: "😀", presentBytes: 3, missingBytes: 1 },
  ])("lacks $missingBytes bytes behind $presentBytes of $character", ({ character, presentBytes, missingBytes }) => {
    const block = Buffer.concat([Buffer.from("text €"), Buffer.from(character).subarray(0, presentBytes)]);
    expect(cutCharacter(block)).toEqual({ presentBytes, missingBytes });
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["text in ASCII", Buffer.from("text")],
    ["text of whole characters", Buffer.from("é€😀")],
    ["a byte that starts no character", Buffer.from([0x61, 0xff])],
    ["the rest of a character and no start", Buffer.from([0x80, 0x80, 0x80, 0x80])],
    ["bytes that are no text, and the start of a character", Buffer.from([0xff, 0x61, 0xc3])],
  ])("is none when it is %s", (_what, block) => {
    expect(cutCharacter(block)).toBeUndefined();
  });
});
