// What MessagePack's bytes stand for, and what is refused.
import { describe, expect, it } from "vitest";
import { Float } from "../../../src/base/python-values.ts";
import { wireErrors } from "../../../src/wire/errors.ts";
import { decodeMessage } from "../../../src/wire/msgpack/decoder.ts";
import { encodeMessage } from "../../../src/wire/msgpack/encoder.ts";
import { msgpackLimits } from "../../../src/wire/msgpack/limits.ts";
import { FloatRuns, type MsgpackValue, Utf8Text } from "../../../src/wire/msgpack/values.ts";

const bytes = (hex: string) => Buffer.from(hex, "hex");

/** Value and shortest bytes, both ways. */
const both: readonly (readonly [string, MsgpackValue, string])[] = [
  ["nothing", null, "c0"],
  ["true", true, "c3"],
  ["false", false, "c2"],
  ["0", 0, "00"],
  ["127", 127, "7f"],
  ["128", 128, "cc80"],
  ["256", 256, "cd0100"],
  ["65536", 65_536, "ce00010000"],
  ["2^32", 2 ** 32, "cf0000000100000000"],
  ["2^53 - 1", 2 ** 53 - 1, "cf001fffffffffffff"],
  ["2^53, which a number would round", 2n ** 53n, "cf0020000000000000"],
  ["the largest", 2n ** 64n - 1n, "cfffffffffffffffff"],
  ["-1", -1, "ff"],
  ["-32", -32, "e0"],
  ["-33", -33, "d0df"],
  ["-129", -129, "d1ff7f"],
  ["-32769", -32_769, "d2ffff7fff"],
  ["-2^31 - 1", -(2 ** 31) - 1, "d3ffffffff7fffffff"],
  ["the lowest", -(2n ** 63n), "d38000000000000000"],
  ["a whole float", new Float(2), "cb4000000000000000"],
  ["empty text", "", "a0"],
  ["text of 31 bytes", "x".repeat(31), `bf${"78".repeat(31)}`],
  ["text of 32 bytes", "x".repeat(32), `d920${"78".repeat(32)}`],
  ["text beyond the BMP", "é😀", "a6c3a9f09f9880"],
  ["bytes", bytes("ff00"), "c402ff00"],
  ["an array", [1, [null]], "920191c0"],
  ["a map", new Map([["a", 1]]), "81a16101"],
];

describe("MessagePack", () => {
  it.each(both)("%s is the same both ways", (_, value, hex) => {
    expect(encodeMessage(value).toString("hex")).toBe(hex);
    expect(decodeMessage(bytes(hex))).toEqual(value);
  });

  it("sends runs of floats, and whole numbers, as arrays", () => {
    const runs = new FloatRuns([
      { value: 1, count: 2 },
      { value: 3, count: 0 },
      { value: 2, count: 1 },
    ]);
    const [one, two] = ["cb3ff0000000000000", "cb4000000000000000"];
    expect(encodeMessage([runs, Uint32Array.of(1, 256)]).toString("hex")).toBe(`9293${one}${one}${two}9201cd0100`);
  });

  it("takes the longer formats too", () => {
    expect(decodeMessage(bytes("da000161"))).toBe("a");
    expect(decodeMessage(bytes("db0000000161"))).toBe("a");
    expect(decodeMessage(bytes("c50001ff"))).toEqual(bytes("ff"));
    expect(decodeMessage(bytes("c600000001ff"))).toEqual(bytes("ff"));
    expect(decodeMessage(bytes("dc0001c0"))).toEqual([null]);
    expect(decodeMessage(bytes("dd00000001c0"))).toEqual([null]);
    expect(decodeMessage(bytes("de0001a16101"))).toEqual(new Map([["a", 1]]));
    expect(decodeMessage(bytes("df00000001a16101"))).toEqual(new Map([["a", 1]]));
    expect(decodeMessage(bytes("ca3f800000"))).toEqual(new Float(1));
    expect(decodeMessage(bytes("d3ffffffffffffffff"))).toBe(-1);
  });

  it("sends UTF-8 bytes as text, and a fraction as a float", () => {
    expect(encodeMessage(new Utf8Text(Buffer.from("é"))).toString("hex")).toBe("a2c3a9");
    expect(decodeMessage(encodeMessage(0.5))).toEqual(new Float(0.5));
  });

  it("makes U+FFFD of half a surrogate pair", () => {
    expect(decodeMessage(encodeMessage("a\ud800"))).toBe("a\ufffd");
  });

  it("takes bytes in UTF-8 and numbers as the key of a map, and __proto__ as any other", () => {
    expect(decodeMessage(bytes("81c4016101"))).toEqual(new Map([["a", 1]]));
    expect(decodeMessage(bytes("820501d3fffffffffffffff002"))).toEqual(
      new Map([
        ["5", 1],
        ["-16", 2],
      ]),
    );
    const map = decodeMessage(encodeMessage(new Map([["__proto__", 1]])));
    expect(map).toEqual(new Map([["__proto__", 1]]));
  });

  it.each([
    ["nothing at all", ""],
    ["text that is cut", "a561"],
    ["text that is not UTF-8", "a1ff"],
    ["a surrogate in UTF-8", "a3eda080"],
    ["more behind the value", "c0c0"],
    ["a byte without a format", "c1"],
    ["an extension", "d40100"],
    ["nothing as a key", "81c001"],
    ["a list as a key", "819001"],
    ["an array larger than the message", "dc010000"],
    ["a map larger than the message", "df000100000000"],
    ["a huge text", "dbffffffff"],
  ])("refuses %s with one error", (_, hex) => {
    expect(() => decodeMessage(bytes(hex))).toThrow(expect.toSatisfy(wireErrors.msgpackSyntax.is));
  });

  it.each([
    ["too deep", `${"91".repeat(300)}c0`],
    ["of too many values", "ddffffffff"],
  ])("refuses what is %s", (_, hex) => {
    expect(() => decodeMessage(bytes(hex))).toThrow(expect.toSatisfy(wireErrors.msgpackLimit.is));
  });

  it("refuses a message that is too large", () => {
    const limits = { ...msgpackLimits, messageBytes: 10 };
    expect(() => decodeMessage(Buffer.alloc(11), limits)).toThrow(expect.toSatisfy(wireErrors.msgpackLimit.is));
    expect(() => encodeMessage("x".repeat(10), limits)).toThrow(expect.toSatisfy(wireErrors.msgpackUnsendable.is));
    expect(encodeMessage("x".repeat(9), limits)).toHaveLength(10);
  });

  it("refuses to send integers beyond 64 bits, and what has no end", () => {
    const endless: MsgpackValue[] = [];
    endless.push(endless);
    for (const value of [2n ** 64n, -(2n ** 63n) - 1n, endless]) {
      expect(() => encodeMessage(value)).toThrow(expect.toSatisfy(wireErrors.msgpackUnsendable.is));
    }
  });
});
