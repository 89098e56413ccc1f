// The worker's own messages name what docs/reference/troubles.md has on them.
import { afterAll, beforeAll, expect, it } from "vitest";
import { rareTest, rowsOf } from "../support/sized.ts";
import { type Installation, install, logOf, makeBasedir } from "./worker-program.ts";

/** A port without a server: listening there requires privileges. */
const DEAD_PORT = 1;

let installation: Installation;
beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());

it("a failure to connect is logged with what to do, once", async () => {
  const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT, variables: { maxretries: "2" } });
  const program = installation.start(["start", "--nodaemon", basedir]);
  expect(await program.ended).toMatchObject({ code: 75 });
  expect(logOf(basedir).filter((line) => line.startsWith("what to do"))).toEqual([
    `what to do: port-closed in docs/reference/troubles.md, or run buildhand doctor ${basedir}`,
  ]);
});

const wrong: readonly [string, string, Readonly<Record<string, string>>][] = [
  ["a line that only Python can run", "tac-python", { passwd: "open_the_safe()" }],
  ["settings that contradict each other", "options-contradict", { connection_string: "'tcp:m:1'" }],
  ["an option with a value that cannot be", "tac-setting", { line_limit: "'long'" }],
];
it.each(rowsOf(wrong, (_, at) => at === 0))("start names what to do about %s", async (_, trouble, variables) => {
  const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT, variables });
  const program = installation.start(["start", basedir]);
  expect(await program.ended).toMatchObject({ code: 1 });
  expect(program.complained).toBe(
    `what to do: ${trouble} in docs/reference/troubles.md, or run buildhand doctor BASEDIR\n`,
  );
});

rareTest("start names what to do about a directory that is no worker's", 180_000, async () => {
  const directory = installation.newPath();
  const program = installation.start(["start", directory]);
  expect(await program.ended).toMatchObject({ code: 1 });
  expect(program.printed).toMatch(/^error reading '.*'\n?.*: No such file or directory\ninvalid worker directory '/);
  expect(program.complained).toBe(
    `what to do: tac-missing in docs/reference/troubles.md, or run buildhand doctor ${directory}\n`,
  );
});
