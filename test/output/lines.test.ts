import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { joinedLines, LineFinder } from "../../src/output/lines.ts";
import { referenceLines, withNewlines } from "./reference.ts";

interface Vectors {
  readonly line_boundaries: readonly LineCase[];
  readonly long_lines_4096: readonly { readonly length: number; readonly worker: readonly number[] }[];
}

interface LineCase {
  readonly name: string;
  readonly limit: number;
  readonly chunks: readonly string[];
  readonly outputs: readonly (string | null)[];
  readonly end: string | null;
}

const vectors: Vectors = JSON.parse(readFileSync(new URL("../vectors/lines.json", import.meta.url), "utf8"));

/** More than any line here has. */
const NO_LIMIT_BYTES = 1_000_000;

function find(chunks: readonly string[], limitBytes = NO_LIMIT_BYTES) {
  const finder = new LineFinder(limitBytes);
  const outputs = chunks.map((chunk) => joinedLines(finder.push(Buffer.from(chunk)))?.toString() ?? null);
  return { outputs, end: joinedLines(finder.end())?.toString() ?? null };
}

function everything({ outputs, end }: { outputs: readonly (string | null)[]; end: string | null }): string {
  return [...outputs, end].join("");
}

function withoutNewlines(text: string): string {
  return text.replaceAll("\n", "");
}

/** The Python worker loses text of lines that are too long. */
function losesText(vector: LineCase): boolean {
  return withoutNewlines(everything(vector)) !== withoutNewlines(withNewlines(vector.chunks.join("")));
}

describe("LineFinder beside the Python worker", () => {
  it.each(vectors.line_boundaries.filter((vector) => !losesText(vector)))(
    "$name: the same after every chunk",
    (vector) => {
      expect(find(vector.chunks, vector.limit)).toEqual({ outputs: vector.outputs, end: vector.end });
    },
  );

  it.each(vectors.line_boundaries.filter(losesText))("$name: cuts in the same places but loses nothing", (vector) => {
    const found = everything(find(vector.chunks, vector.limit));
    expect(found).toBe(referenceLines(vector.chunks.join(""), vector.limit));
    expect(withoutNewlines(found)).toBe(withoutNewlines(withNewlines(vector.chunks.join(""))));
  });

  it.each(vectors.long_lines_4096)(
    "cuts a line of $length at 4095 characters, again and again",
    ({ length, worker }) => {
      const lines = everything(find([`${"x".repeat(length)}\n`], 4096))
        .split("\n")
        .slice(0, -1);
      expect(lines.join("")).toHaveLength(length);
      expect(lines.slice(0, -1).every((line) => line.length === 4095)).toBe(true);
      const lossless = worker.reduce((sum, lineLength) => sum + lineLength, 0) === length;
      if (lossless) expect(lines.map((line) => line.length)).toEqual(worker);
    },
  );
});

describe("LineFinder", () => {
  it("shares the memory of a chunk of whole lines", () => {
    const chunk = Buffer.from("one\ntwo\n");
    expect(new LineFinder(NO_LIMIT_BYTES).push(chunk)[0]?.buffer).toBe(chunk.buffer);
  });

  it("copies of a chunk no more than the end of the line that is held, and what it begins", () => {
    const finder = new LineFinder(NO_LIMIT_BYTES);
    const chunks = ["be", "gun\none\ntwo\nthe la", "st\n"].map((text) => Buffer.from(text));
    const [, middle = [], last = []] = chunks.map((chunk) => finder.push(chunk));
    expect(middle.map(String)).toEqual(["begun\n", "one\ntwo\n"]);
    expect(middle[1]?.buffer).toBe(chunks[1]?.buffer);
    expect(last.map(String)).toEqual(["the last\n"]);
  });

  it("does not change lines it gave when the next chunk comes", () => {
    const finder = new LineFinder(NO_LIMIT_BYTES);
    finder.push(Buffer.from("first "));
    const lines = finder.push(Buffer.from("line\nsecond "));
    finder.push(Buffer.from("XXXXXX\nthird"));
    expect(lines.map(String)).toEqual(["first line\n"]);
  });

  it("keeps what it holds when the chunk's memory is used again", () => {
    const finder = new LineFinder(NO_LIMIT_BYTES);
    const chunk = Buffer.from("a\nheld");
    finder.push(chunk);
    chunk.fill(0x58);
    expect(finder.end().map(String)).toEqual(["held\n"]);
  });

  it("has nothing at the end of an empty stream, nor after a newline", () => {
    expect(find([])).toEqual({ outputs: [], end: null });
    expect(find(["", "a\n", ""])).toEqual({ outputs: [null, "a\n", null], end: null });
  });

  it("ends a last line that is an unfinished escape sequence", () => {
    expect(find(["a\x1b[1"])).toEqual({ outputs: [null], end: "a\x1b[1\n" });
  });

  it("cuts a last line that its unfinished escape sequence makes too long", () => {
    expect(find(["12345678\x1b[1"], 10)).toEqual({ outputs: [null], end: "12345678\x1b\n[1\n" });
  });

  it("cuts before a character that would not fit, not inside it", () => {
    expect(everything(find(["1234567é世😀9"], 10))).toBe("1234567é\n世😀9\n");
    expect(everything(find(["12345678😀"], 10))).toBe("12345678\n😀\n");
  });

  it("gives a piece of a line as soon as it is sure to be too long", () => {
    expect(find(["123456789", "0"], 10)).toEqual({ outputs: [null, "123456789\n"], end: "0\n" });
    expect(find(["1234567890"], 10)).toEqual({ outputs: ["123456789\n"], end: "0\n" });
  });

  it("leaves a line of just the limit whole, its newline included", () => {
    const line = `${"x".repeat(59_999)}\n`;
    expect(find([line + line], 60_000)).toEqual({ outputs: [line + line], end: null });
    expect(find([`x${line}`], 60_000).outputs).toEqual([`${"x".repeat(59_999)}\nx\n`]);
  });

  it("takes a limit with room for any character at least", () => {
    expect(everything(find(["😀😀"], 1))).toBe("😀\n😀\n");
  });
});
