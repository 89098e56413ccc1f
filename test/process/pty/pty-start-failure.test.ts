import { describe, expect, test } from "vitest";
import { mayBeStartFailure, startError } from "../../../src/process/pty/pty-start-failure.ts";
import { nulByteError } from "../../../src/process/spawn/exec-lookup.ts";

const bytes = (text: string) => Buffer.from(text);

describe("the message of a child whose program could not be executed", () => {
  test.each([
    ["whole", "execvp(3) failed.: No such file or directory\r\n", true],
    ["of the directory", "chdir(2) failed.: Permission denied\r\n", true],
    ["without the line's end, which may follow", "execvp(3) failed.: No such file or directory", true],
    ["with more behind them", "execvp(3) failed.: No such file or directory\r\nmore", false],
    ["in pieces, as they never come", "execvp", false],
    ["longer than they can be", `execvp(3) failed.: ${"x".repeat(300)}`, false],
    ["of others", "sh: 1: no-such-program: not found\r\n", false],
  ])("are known: %s", (_how, text, expected) => {
    expect(mayBeStartFailure(bytes(text))).toBe(expected);
  });

  test("become the error that spawn would have given", () => {
    expect(startError(bytes("execvp(3) failed.: No such file or directory\r\n"))).toMatchObject({ code: "ENOENT" });
    expect(startError(bytes("chdir(2) failed.: Permission denied\r\n"))).toMatchObject({ code: "EACCES" });
    expect(startError(bytes("execvp(3) failed.: Argument list too long\r\n"))).toMatchObject({ code: "E2BIG" });
    expect(startError(bytes("execvp(3) failed.: Exec format error\r\n"))).toMatchObject({ code: "ENOEXEC" });
  });

  test("are the error's text when they are not among the usual", () => {
    const error = startError(bytes("execvp(3) failed.: Too many levels of symbolic links\r\n"));
    expect(error.message).toBe("Too many levels of symbolic links");
    expect(error).not.toHaveProperty("code");
  });
});

test("a NUL byte has the code that Node gives it", () => {
  expect(nulByteError()).toMatchObject({ code: "ERR_INVALID_ARG_VALUE" });
});
