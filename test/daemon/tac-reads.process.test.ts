// How often a start looks into buildbot.tac: what is there may change between two looks, and Python's worker runs it once.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { poll } from "../support/poll.ts";
import { type Installation, install, lives, makeBasedir } from "./worker-program.ts";

/** Writes down which process opens a buildbot.tac, or the file with the password that running a buildbot.tac opens. */
const PRELOAD = `
  import fs from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  const { openSync } = fs;
  fs.openSync = (path, ...rest) => {
    const [name] = /(buildbot\\.tac|secret)$/.exec(path) ?? [];
    if (name !== undefined) fs.appendFileSync(process.env.OPENED, process.pid + " " + name + "\\n");
    return openSync(path, ...rest);
  };
  syncBuiltinESMExports();
`;

let directory: string;
let installation: Installation;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-tac-reads-"));
  installation = install();
});
afterAll(async () => {
  await installation.remove();
  rmSync(directory, { recursive: true });
});

test("a start in the background reads and runs buildbot.tac once in each of its two processes", async () => {
  const preload = join(directory, "preload.mjs");
  const opened = join(directory, "opened");
  writeFileSync(preload, PRELOAD);
  const passwd = `open(os.path.join(os.path.dirname(__file__), "secret")).read()`;
  const basedir = makeBasedir(installation.newPath(), { port: 1, variables: { passwd } });
  writeFileSync(join(basedir, "secret"), "sekret");
  const environment = { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}`, OPENED: opened };
  const starting = installation.start(["start", "--quiet", basedir], { environment });
  await starting.ended;
  const counts: Record<string, number> = {};
  for (const line of readFileSync(opened, "utf8").trimEnd().split("\n")) counts[line] = (counts[line] ?? 0) + 1;
  const child = Number(readFileSync(join(basedir, "twistd.pid"), "utf8"));
  process.kill(child, "SIGTERM");
  await poll("the end of the worker", () => !lives(child));
  const expected = [starting.child.pid, child].flatMap((pid) => [`${pid} buildbot.tac`, `${pid} secret`]);
  expect(counts).toEqual(Object.fromEntries(expected.map((line) => [line, 1])));
});
