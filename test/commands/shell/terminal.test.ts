import { expect, test } from "vitest";
import { terminalFor } from "../../../src/commands/shell/terminal.ts";
import type { ChildSource } from "../../../src/process/spawn/piped-child.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const pipes: ChildSource = { spawn: () => expect.unreachable() };
const clock = new ManualClock();
const neverAsked = () => expect.unreachable();

test("a program that asks for no PTY gets pipes, and nothing is loaded", () => {
  const terminal = terminalFor({ usePty: false, stdin: undefined }, { pipes, clock, ptyBinding: { load: neverAsked } });
  expect(terminal).toEqual({ isPty: false, source: pipes });
});

test.each([
  ["some input", "text"],
  ["an empty input", ""],
])("a program with %s gets pipes and a warning, for a PTY could not end it", (_which, text) => {
  const program = { usePty: true, stdin: text };
  expect(terminalFor(program, { pipes, clock, ptyBinding: { load: neverAsked } })).toEqual({
    isPty: false,
    source: pipes,
    warning: "WARNING: disabling usePTY for this command",
  });
});

test("a program for which there is no PTY gets pipes, with the reason", () => {
  const ptyBinding = { load: () => ({ type: "unavailable", reason: "it is not installed" }) as const };
  expect(terminalFor({ usePty: true, stdin: undefined }, { pipes, clock, ptyBinding })).toEqual({
    isPty: false,
    source: pipes,
    warning: "WARNING: disabling usePTY for this command: it is not installed",
  });
});

test("a program that asks for a PTY gets one", () => {
  const ptyBinding = { load: () => ({ type: "loaded", binding: { fork: neverAsked } }) as const };
  const terminal = terminalFor({ usePty: true, stdin: undefined }, { pipes, clock, ptyBinding });
  expect(terminal.isPty).toBe(true);
  expect(terminal.source).not.toBe(pipes);
  expect(terminal.warning).toBeUndefined();
});
