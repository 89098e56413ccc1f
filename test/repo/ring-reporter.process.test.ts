// The reporter inside a real run of vitest, over files that fail in every way a file can.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rareTest } from "../support/sized.ts";

const VITEST = resolve("node_modules/vitest/vitest.mjs");
const REPORTER = resolve("test/support/ring-reporter.ts");

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "buildhand-rings-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

function run(projects: readonly object[] | undefined, environment: Readonly<Record<string, string>> = {}) {
  const reporters = ["default", REPORTER];
  const config = { globals: true, retry: 1, isolate: false, maxWorkers: 1, reporters, ...(projects && { projects }) };
  write({ "vitest.config.mjs": `export default ${JSON.stringify({ test: config })};` });
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|BUILDHAND_)/.test(name)));
  const { status, stdout } = spawnSync(process.execPath, [VITEST, "run", "--root", folder], {
    encoding: "utf8",
    cwd: folder,
    env: { ...own, ...environment },
  });
  return {
    status,
    lines: stdout
      .trimEnd()
      .replaceAll(/ in \d+ s$/gm, "")
      .split("\n"),
  };
}

const ring = (name: string) => ({
  test: { name, globals: true, retry: 1, isolate: false, include: [`${name.replace(" ", "-")}/**/*.test.js`] },
});

test("files that do not load, failing hooks and stray rejections all count as failed", () => {
  write({
    "unit/fine.test.js":
      'test("passes", () => {}); test("fails", () => { throw new Error("no"); }); test.todo("later");',
    "unit/broken.test.js": 'import "./missing.js"; test("never runs", () => {});',
    "unit/empty.test.js": "",
    "process/hook.test.js": 'beforeAll(() => { throw new Error("hook"); }); test("is not reached", () => {});',
    "process/after.test.js": 'describe("a", () => { afterAll(() => { throw 1; }); test("passes", () => {}); });',
    "process/stray.test.js": 'test("passes", async () => { void Promise.reject(new Error("stray")); });',
  });
  const { status, lines } = run([ring("unit"), ring("property"), ring("process")]);
  expect(lines.slice(-5)).toEqual([
    "unit: 3 failed, 1 passed, 1 skipped",
    "property: no test ran",
    "process: 2 failed, 2 passed, 1 skipped",
    "outside the rings: 1 failed",
    "3 passed, 6 failed, 2 skipped",
  ]);
  expect(status).toBe(1);
});

const GREEN =
  "a green run passes, names what passed only at its second try, and closes on its sum; one unnamed ring is the long one";
rareTest(GREEN, 180_000, async () => {
  write({
    "a.test.js":
      'let tries = 0; test("passes", () => {}); test("wavers", () => { if (tries++ === 0) throw new Error("no"); });',
  });
  const { status, lines } = run(undefined);
  expect(lines.slice(-4)).toEqual([
    "long: 2 passed",
    "passed only at the second try: 1",
    "  long: a.test.js: wavers: no",
    "2 passed, 0 failed",
  ]);
  expect(status).toBe(0);
});

rareTest("an idle ring of real masters fails the run only when it is required", 180_000, async () => {
  write({ "unit/a.test.js": 'test("passes", () => {});', "real-master/a.test.js": 'test.skip("waits", () => {});' });
  const rings = [ring("unit"), ring("real master")];
  const hidden = run(rings, { BUILDHAND_NO_BUILDBOT: "1" });
  expect(hidden.lines.slice(-2)).toEqual([
    "real master: skipped: BUILDHAND_NO_BUILDBOT hides Buildbot",
    "1 passed, 0 failed, 1 skipped",
  ]);
  expect(hidden.status).toBe(0);
  const required = run(rings, { BUILDHAND_NO_BUILDBOT: "1", BUILDHAND_REQUIRE_MASTER: "1" });
  expect(required.lines.at(-2)).toMatch(/^BUILDHAND_REQUIRE_MASTER=1 asks/);
  expect(required.status).toBe(1);
});
