import { describe, expect, test } from "vitest";
import { calledProgram } from "../../../src/commands/shell/shell-text.ts";

describe("the program that a shell calls", () => {
  test.each([
    [["/bin/sh", "-c", "make all"], "make"],
    [["sh", "-c", "  ./configure"], "./configure"],
    [["bash", "-exc", "g++ -c x.cc\nfalse"], "g++"],
    [["bash", "--norc", "-c", "make"], "make"],
  ])("of %j is %s", (argv, program) => {
    expect(calledProgram(argv)).toBe(program);
  });

  test.each([
    ["what a shell does itself", ["sh", "-c", "cd x && make"]],
    ["a part of its language", ["sh", "-c", "if make; then :; fi"]],
    ["a variable before it", ["sh", "-c", "A=b make"]],
    ["a word that a shell changes", ["sh", "-c", "$MAKE all"]],
    ["a word that ends otherwise", ["sh", "-c", "make; true"]],
    ["a script in place of a line", ["sh", "script.sh"]],
    ["no line", ["sh", "-c"]],
    ["no shell", ["env", "-c", "make"]],
    ["no words", []],
  ])("is not known for %s", (_, argv) => {
    expect(calledProgram(argv)).toBeUndefined();
  });
});
