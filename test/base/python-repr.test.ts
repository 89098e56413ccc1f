import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { pythonRepr, pythonStr } from "../../src/base/python-repr.ts";
import { Float, Tuple } from "../../src/base/python-values.ts";

type ReprCase = { readonly repr: string } & (
  | { readonly bytes: string }
  | { readonly bytes_list: readonly string[] }
  | { readonly value: unknown }
);

interface NumberCase {
  readonly value: number | { readonly f: string };
  readonly str: string;
}

const vectors: { readonly python_repr: readonly ReprCase[]; readonly python_number_str: readonly NumberCase[] } =
  JSON.parse(readFileSync(new URL("../vectors/quoting.json", import.meta.url), "utf8"));

/** JSON's value as a value of ours: an object is a dictionary. */
function valueIn(vector: ReprCase): unknown {
  if ("bytes" in vector) return Buffer.from(vector.bytes, "hex");
  if ("bytes_list" in vector) return vector.bytes_list.map((hex) => Buffer.from(hex, "hex"));
  return fromJson(vector.value);
}

function fromJson(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, fromJson(item)]));
}

describe("pythonRepr", () => {
  it.each(vectors.python_repr)("writes $repr, as Python does", (vector) => {
    expect(pythonRepr(valueIn(vector))).toBe(vector.repr);
  });

  it.each([
    [0.1, "0.1"],
    [-0.5, "-0.5"],
    [1e-5, "1e-05"],
    [1.5e-7, "1.5e-07"],
    [0.0001, "0.0001"],
    [5e-324, "5e-324"],
    [1e22, "10000000000000000000000"],
    [-0, "0"],
    [2 ** 53, "9007199254740992"],
    [Number.NaN, "nan"],
    [Number.POSITIVE_INFINITY, "inf"],
    [Number.NEGATIVE_INFINITY, "-inf"],
    [new Float(1200), "1200.0"],
    [new Float(1e15), "1000000000000000.0"],
    [new Float(1e16), "1e+16"],
    [new Float(-1.25e22), "-1.25e+22"],
    [new Float(0), "0.0"],
    [new Float(-0), "-0.0"],
    [new Float(1e300), "1e+300"],
    [123456789012345678901234567890n, "123456789012345678901234567890"],
    [true, "True"],
    [false, "False"],
    [null, "None"],
  ])("writes the number or constant %s as %s", (value, expected) => {
    expect(pythonRepr(value)).toBe(expected);
  });

  it("writes tuples, also of one item and of none", () => {
    expect(pythonRepr(new Tuple([1, "a"]))).toBe("(1, 'a')");
    expect(pythonRepr(new Tuple([1]))).toBe("(1,)");
    expect(pythonRepr(new Tuple([]))).toBe("()");
  });

  it("writes dictionaries with any keys", () => {
    expect(
      pythonRepr(
        new Map<unknown, unknown>([
          [1, [null]],
          [Buffer.from("k"), new Map()],
        ]),
      ),
    ).toBe("{1: [None], b'k': {}}");
  });

  it("escapes what does not print: surrogates, private and unassigned characters, separators but the space", () => {
    expect(pythonRepr("a b\u3000\u2028\ud800\ue000\u{e0001}\u{10ffff}")).toBe(
      "'a b\\u3000\\u2028\\ud800\\ue000\\U000e0001\\U0010ffff'",
    );
  });

  it("names the kind of what Python does not have", () => {
    expect(pythonRepr([new Date(0), Object.create(null)])).toBe("[<object>, <object>]");
  });

  it("stops at a great depth", () => {
    let deep: unknown = 1;
    for (let n = 0; n < 10_000; n++) deep = [deep];
    const text = pythonRepr(deep);
    expect(text).toContain("[...]");
    expect(text.length).toBeLessThan(300);
  });
});

describe("pythonStr", () => {
  it.each(vectors.python_number_str)("writes the number $str, as Python does", ({ value, str }) => {
    expect(pythonStr(typeof value === "number" ? value : new Float(Number(value.f)))).toBe(str);
  });

  it("leaves text as it is and writes the rest as repr", () => {
    expect(pythonStr("it's\n")).toBe("it's\n");
    expect(pythonStr(["it's"])).toBe(`["it's"]`);
  });
});
