import { expect, test } from "vitest";
import { terminalFor } from "../../../src/commands/shell/terminal.ts";
import type { ChildSource } from "../../../src/process/piped-child.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const pipes: ChildSource = { spawn: () => expect.unreachable() };
const clock = new ManualClock();
const neverAsked = () => expect.unreachable();

test("a program that asks for no PTY gets pipes, and nothing is loaded", async () => {
  const terminal = await terminalFor({ usePty: false, stdin: undefined }, { pipes, clock, loadBinding: neverAsked });
  expect(terminal).toEqual({ isPty: false, source: pipes });
});

test.each([
  ["some input", "text"],
  ["an empty input", ""],
])("a program with %s gets pipes and a warning, for a PTY could not end it", async (_which, text) => {
  const program = { usePty: true, stdin: text };
  expect(await terminalFor(program, { pipes, clock, loadBinding: neverAsked })).toEqual({
    isPty: false,
    source: pipes,
    warning: "WARNING: disabling usePTY for this command",
  });
});

test("a program for which there is no PTY gets pipes, and the reason is told", async () => {
  const loadBinding = () => ({ type: "unavailable", reason: "it is not installed" }) as const;
  expect(await terminalFor({ usePty: true, stdin: undefined }, { pipes, clock, loadBinding })).toEqual({
    isPty: false,
    source: pipes,
    warning: "WARNING: disabling usePTY for this command: it is not installed",
  });
});

test("a program that asks for a PTY gets one", async () => {
  const loadBinding = () => ({ type: "loaded", binding: { fork: neverAsked } }) as const;
  const terminal = await terminalFor({ usePty: true, stdin: undefined }, { pipes, clock, loadBinding });
  expect(terminal.isPty).toBe(true);
  expect(terminal.source).not.toBe(pipes);
  expect(terminal.warning).toBeUndefined();
});
