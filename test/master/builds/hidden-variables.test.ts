import { describe, expect, test } from "vitest";
import { hideVariables } from "../../../src/master/builds/hidden-variables.ts";

const names = new Set(["A", "KEY", "PATH", "TOKEN_A", "TOKEN_B", "PWD", "XTOKEN_A", "ä"]);

/** What is left of text that comes in those pieces. */
function shown(pieces: readonly string[], patterns = ["TOKEN_*", "KEY"]): string {
  const hide = hideVariables({ patterns, names });
  return pieces.map((piece) => Buffer.from(hide(Buffer.from(piece))).toString()).join("");
}

const BEFORE = "make TOKEN_A=x\n in dir /w\n  TOKEN_A=no list yet\n argv: b'make'\n environment:\n";
const AFTER = " using PTY: False\n  TOKEN_A=no list any more\nelapsedTime=0.1\n";

describe("the variables in a header", () => {
  test("are removed by name, and nothing else is", () => {
    const list = "  A=1\n  TOKEN_A=s3\n  PATH=/bin\n  TOKEN_B=\n  XTOKEN_A=2\n  ä=TOKEN_A=\n";
    expect(shown([BEFORE + list + AFTER])).toBe(`${BEFORE}  A=1\n  PATH=/bin\n  XTOKEN_A=2\n  ä=TOKEN_A=\n${AFTER}`);
  });

  test("are removed with all lines of their values, also in pieces", () => {
    const key = "  KEY=-----BEGIN\nabc==\n  d=not a variable\n\n  indented\n-----END\n";
    expect(shown([BEFORE, "  A=1\n  KEY=-----BEGIN\nabc==\n", "  d=not a variable\n\n", "  PATH=/bin\n", AFTER])).toBe(
      `${BEFORE}  A=1\n  PATH=/bin\n${AFTER}`,
    );
    expect(shown([`${BEFORE}${key}${AFTER}`])).toBe(BEFORE + AFTER);
  });

  test("are removed up to the line about input", () => {
    const input = " writing 3 bytes to stdin\n using PTY: False\n";
    expect(shown([`${BEFORE}  KEY=a\nb\n${input}`])).toBe(BEFORE + input);
  });

  test("are removed from each list of a command that runs several programs", () => {
    const one = `${BEFORE}  A=1\n  KEY=a\n${AFTER}`;
    expect(shown([one, one])).toBe(`${BEFORE}  A=1\n${AFTER}`.repeat(2));
  });

  test("stay when no pattern is given", () => {
    const all = `${BEFORE}  KEY=a\n${AFTER}`;
    expect(shown([all], [])).toBe(all);
  });
});
