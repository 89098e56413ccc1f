import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { BananaDecoder } from "../../../src/wire/banana/decoder.ts";
import type { Element } from "../../../src/wire/banana/element.ts";
import { encodeElement } from "../../../src/wire/banana/encoder.ts";
import type { Dialect } from "../../../src/wire/banana/vocabulary.ts";
import { wireErrors } from "../../../src/wire/errors.ts";
import { bytes, comparable, elementOf, readVectors } from "../../support/vectors.ts";

interface Encoding {
  readonly name: string;
  readonly dialect: Dialect;
  readonly value: unknown;
  readonly hex: string;
}

interface Decoding {
  readonly name: string;
  readonly hex?: string;
  readonly hex_head: string;
  readonly result?: readonly unknown[];
  readonly exception?: string;
}

const vectors = readVectors<{
  cases: Encoding[];
  decode: Decoding[];
  maximum_sizes: { string_655360_sha256_of_encoding: string; list_655360_zero_ints_header_hex: string };
}>("banana.json");

function decode(chunks: Iterable<Uint8Array>, dialect: Dialect): Element[] {
  const decoder = new BananaDecoder();
  decoder.dialect = dialect;
  return [...chunks].flatMap((chunk) => [...decoder.push(chunk)]);
}

function singly(input: Buffer): Buffer[] {
  return [...input].map((byte) => Buffer.from([byte]));
}

describe.each(vectors.cases)("banana vector $name in dialect $dialect", ({ dialect, value, hex }) => {
  const expected = comparable(elementOf(value));

  it("decodes whole", () => {
    expect(decode([bytes(hex)], dialect).map(comparable)).toEqual([expected]);
  });

  it("decodes byte by byte", () => {
    expect(decode(singly(bytes(hex)), dialect).map(comparable)).toEqual([expected]);
  });

  it("encodes to the same bytes", () => {
    expect(Buffer.concat(encodeElement(elementOf(value), dialect)).toString("hex")).toBe(hex);
  });

  it("survives a round trip", () => {
    const [element] = decode([bytes(hex)], dialect);
    expect(Buffer.concat(encodeElement(element!, dialect)).toString("hex")).toBe(hex);
  });
});

describe.each(vectors.decode)("banana decoding of $name", ({ name, hex, hex_head, result, exception }) => {
  const input = bytes(hex ?? hex_head);
  // The vectors of this table are in dialect pb but for the one that says otherwise.
  const dialect = name.includes("dialect none") ? "none" : "pb";

  it.each([
    ["whole", [input]],
    ["byte by byte", singly(input)],
  ])("gives what Twisted gives, %s", (_, chunks) => {
    if (exception === undefined) {
      expect(decode(chunks, dialect).map(comparable)).toEqual((result ?? []).map((r) => comparable(elementOf(r))));
    } else {
      expect(() => decode(chunks, dialect)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^ERR_BANANA_(LIMIT|SYNTAX)$/) }),
      );
    }
  });
});

describe("banana encoding at the limits", () => {
  it("writes the longest string", () => {
    const encoding = Buffer.concat(encodeElement(Buffer.alloc(655_360, "y"), "pb"));
    expect(createHash("sha256").update(encoding).digest("hex")).toBe(
      vectors.maximum_sizes.string_655360_sha256_of_encoding,
    );
  });

  it("writes and reads the longest list", () => {
    const encoding = Buffer.concat(encodeElement(Array(655_360).fill(0), "pb"));
    expect(encoding.toString("hex", 0, 8)).toBe(vectors.maximum_sizes.list_655360_zero_ints_header_hex);
    expect(decode([encoding], "pb")[0]).toHaveLength(655_360);
  });

  it.each([
    ["2**448", 2n ** 448n],
    ["-(2**448)", -(2n ** 448n)],
    ["a string of 655361 bytes", Buffer.alloc(655_361)],
    ["a list of 655361 items", Array(655_361).fill(0)],
  ])("refuses %s", (_, element) => {
    expect(() => encodeElement(element, "pb")).toThrow(expect.objectContaining({ code: wireErrors.bananaLimit.code }));
  });
});
