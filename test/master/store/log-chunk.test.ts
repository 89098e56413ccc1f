import { expect, test } from "vitest";
import { chunkLines, countLines, endOfLinesWithin, GrowingChunk } from "../../../src/master/store/log-chunk.ts";

test("lines keep the stream they came from, and runs of one stream are one entry", () => {
  const chunk = new GrowingChunk(7);
  chunk.add("h", Buffer.from("make\n"));
  chunk.add("o", Buffer.from("a\n\nb\n"));
  chunk.add("o", Buffer.from("c\n"));
  chunk.add("e", Buffer.from("bad é\n"));
  const whole = chunk.whole();
  expect(whole).toMatchObject({ firstLine: 7, lineCount: 6, streams: "h1o4e1" });
  expect(chunkLines(whole, 3, 10)).toEqual([
    { stream: "o", text: "b" },
    { stream: "o", text: "c" },
    { stream: "e", text: "bad é" },
  ]);
  expect(chunkLines(whole, 1, 1)).toEqual([{ stream: "o", text: "a" }]);
});

test.each([
  ["a\nbb\nccc\n", 100, 9],
  ["a\nbb\nccc\n", 5, 5],
  ["a\nbb\nccc\n", 4, 2],
  ["a\nbb\nccc\n", 1, 0],
  ["a\nbb\nccc\n", 0, 0],
  ["a\nbb\nccc\n", -3, 0],
] as const)("of %j, the whole lines within %i bytes end at %i", (text, limitBytes, end) => {
  expect(endOfLinesWithin(Buffer.from(text), limitBytes)).toBe(end);
});

test("lines are counted by their newlines", () => {
  expect([countLines(Buffer.from("")), countLines(Buffer.from("\n")), countLines(Buffer.from("a\n\nb\n"))]).toEqual([
    0, 1, 3,
  ]);
});
