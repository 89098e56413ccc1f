import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openDecoder, Utf8Decoder } from "../../src/output/decoding.ts";
import { encodingNamed } from "../base/encoding/encodings.ts";
import { rowsOf, runsEveryRow } from "../support/sized.ts";
import { chunkSizes, inChunks, nearlyUtf8 } from "./chunks.ts";

const PYTHON = "/usr/bin/python3";
const DECODE = `
import sys
for line in sys.stdin:
    print(bytes.fromhex(line).decode('utf-8', 'replace').encode().hex())
`;

describe.skipIf(!existsSync(PYTHON))("Utf8Decoder beside Python", () => {
  it("replaces the same bytes by the same number of U+FFFD", () => {
    const samples = fc.sample(fc.tuple(nearlyUtf8, chunkSizes), runsEveryRow ? 5000 : 2000);
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

const DECODE_IN = `
import sys
for line in sys.stdin:
    name, hexed = line.split(" ")
    print(bytes.fromhex(hexed).decode(name, 'replace').encode().hex())
`;

describe.skipIf(!existsSync(PYTHON))("decoders beside Python", () => {
  // Where a half character or one that does not exist stands, iconv-lite's East Asian tables count otherwise.
  const anyBytes = ["cp1252", "utf-16", "utf-32", "utf-8-sig", "ascii", "latin-1", "koi8-r", "cp437", "utf-16-be"];
  it.each(rowsOf(anyBytes, (_name, index) => index < 4))("read any bytes in %s as it does", async (name) => {
    const encoding = await encodingNamed(name);
    const samples = fc.sample(fc.tuple(fc.uint8Array({ maxLength: 40 }), chunkSizes), 1000);
    const input = samples.map(([bytes]) => `${name} ${Buffer.from(bytes).toString("hex")}\n`).join("");
    const expected = execFileSync(PYTHON, ["-c", DECODE_IN], { input, encoding: "utf8" }).split("\n").slice(0, -1);
    const decoded = samples.map(([bytes, sizes]) => {
      const decoder = openDecoder(encoding);
      const texts = inChunks(Buffer.from(bytes), sizes).map((chunk) => decoder.push(chunk));
      return Buffer.concat([...texts, decoder.end()]).toString("hex");
    });
    expect(decoded).toEqual(expected);
  });

  const eastAsian = ["shift_jis", "gb18030", "euc_jp", "euc_kr", "gbk", "big5", "cp949"];
  it.each(rowsOf(eastAsian, (_name, index) => index < 2))("read text in %s as it does", async (name) => {
    const encoding = await encodingNamed(name);
    const text = "a \n 日 本 語 人 大 小 中 한 국 어"
      .split(" ")
      .filter((letter) => encoding.encode(letter) !== undefined)
      .join("");
    const hex = encoding.encode(text)?.toString("hex") ?? "";
    const python = execFileSync(PYTHON, ["-c", DECODE_IN], { input: `${name} ${hex}\n`, encoding: "utf8" });
    expect(Buffer.from(python.trim(), "hex").toString()).toBe(text);
  });
});
