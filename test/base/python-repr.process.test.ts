import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pythonRepr } from "../../src/base/python-repr.ts";
import { Float } from "../../src/base/python-values.ts";
import { runsEveryRow } from "../support/sized.ts";

const PYTHON = "/usr/bin/python3";
const SAMPLES = runsEveryRow ? 3000 : 300;

// A list of answers as JSON; null for text with characters that this Python's Unicode does not know yet.
const REPR = `
import json, struct, sys, unicodedata
def unassigned(text):
    return any(unicodedata.category(c) == 'Cn' for c in text)
kind, values = json.load(sys.stdin)
if kind == 'float': values = [struct.unpack('>d', bytes.fromhex(value))[0] for value in values]
if kind == 'bytes': values = [bytes.fromhex(value) for value in values]
print(json.dumps([None if kind == 'text' and unassigned(value) else repr(value) for value in values]))
`;

function pythonAnswers(kind: "float" | "bytes" | "text", values: readonly string[]): (string | null)[] {
  const input = JSON.stringify([kind, values]);
  return JSON.parse(execFileSync(PYTHON, ["-c", REPR], { input, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }));
}

function isAssigned(text: string): boolean {
  return !/\p{Cn}/u.test(text);
}

function hexOfFloat(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString("hex");
}

describe.skipIf(!existsSync(PYTHON))("pythonRepr beside Python", () => {
  it("writes floats with the same digits and the same exponents", () => {
    const powers = Array.from({ length: 60 }, (_, n) => 10 ** (n - 30)).flatMap((power) => [
      power,
      1.5 * power,
      -power,
    ]);
    const floats = [...powers, ...fc.sample(fc.double(), SAMPLES), 0.1, 1200, Number.MAX_VALUE, 2 ** 53, 9.9999e15];
    const expected = pythonAnswers("float", floats.map(hexOfFloat));
    expect(floats.map((value) => pythonRepr(new Float(value)))).toEqual(expected);
  });

  it("writes bytes with the same quotes and escapes", () => {
    const byte = fc.oneof(fc.constantFrom(0x22, 0x27, 0x5c, 0x09, 0x0a, 0x0d, 0x20, 0x7f), fc.nat(255));
    const samples = fc.sample(fc.array(byte), SAMPLES).map((bytes) => Buffer.from(bytes));
    const expected = pythonAnswers(
      "bytes",
      samples.map((bytes) => bytes.toString("hex")),
    );
    expect(samples.map((bytes) => pythonRepr(bytes))).toEqual(expected);
  });

  it("writes text with the same quotes and escapes", () => {
    const character = fc.oneof(
      fc.constantFrom("'", '"', "\\", " ", "\n", "\u2028"),
      fc.string({ unit: "binary", maxLength: 3 }),
    );
    const samples = fc
      .sample(fc.array(character, { maxLength: 8 }), SAMPLES)
      .map((parts) => parts.join(""))
      .filter(isAssigned);
    const expected = pythonAnswers("text", samples);
    const written = samples.map((text, at) => (expected[at] === null ? null : pythonRepr(text)));
    expect(written).toEqual(expected);
    expect(expected.filter((answer) => answer !== null).length).toBeGreaterThan(SAMPLES / 10);
  });

  it("writes every assigned character of the basic plane the same", () => {
    const characters = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
      (c) => !/\p{Cn}/u.test(c),
    );
    const expected = pythonAnswers("text", characters);
    const written = characters.map((text, at) => (expected[at] === null ? null : pythonRepr(text)));
    expect(written).toEqual(expected);
  });
});
