import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Utf8Decoder } from "../../src/output/decoding.ts";
import { chunkSizes, inChunks, nearlyUtf8 } from "./chunks.ts";

const PYTHON = "/usr/bin/python3";
const DECODE = `
import sys
for line in sys.stdin:
    print(bytes.fromhex(line).decode('utf-8', 'replace').encode().hex())
`;

describe.skipIf(!existsSync(PYTHON))("Utf8Decoder beside Python", () => {
  it("replaces the same bytes by the same number of U+FFFD", () => {
    const samples = fc.sample(fc.tuple(nearlyUtf8, chunkSizes), 5000);
    const input = samples.map(([bytes]) => `${bytes.toString("hex")}\n`).join("");
    const expected = execFileSync(PYTHON, ["-c", DECODE], { input, encoding: "utf8" }).split("\n").slice(0, -1);
    const decoded = samples.map(([bytes, sizes]) => {
      const decoder = new Utf8Decoder();
      const texts = inChunks(bytes, sizes).map((chunk) => decoder.push(chunk));
      return Buffer.concat([...texts, decoder.end()]).toString("hex");
    });
    expect(decoded).toEqual(expected);
  });
});
