// Batch files of commands, without the functions of Windows.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openWindowsChildren } from "../../../src/process/windows/index.ts";

const directory = mkdtempSync(join(tmpdir(), "buildhand-windows-children-"));
const reasons: string[] = [];
const children = openWindowsChildren({ baseDirectory: directory, onUnsupervised: (reason) => reasons.push(reason) });
afterEach(() => {
  children.close();
  rmSync(directory, { recursive: true });
});

test("a batch file exists while its command runs, and not when that could not start", async () => {
  expect(reasons).toHaveLength(1);
  const files = join(directory, ".buildhand-commands");
  const request = { argv: [], batch: Buffer.from("secret"), withInput: false, cwd: directory };
  const interpreter = { COMSPEC: "/usr/bin/tail -f /c" };
  expect(() => children.spawn({ ...request, env: { ...interpreter, NAME: "a\0b" } })).toThrow("null bytes");
  expect(readdirSync(files)).toEqual([]);
  const started = children.spawn({ ...request, env: interpreter });
  expect(readdirSync(files)).toHaveLength(1);
  process.kill(started.child.pid!, "SIGKILL");
  await new Promise<void>((resolve) => started.child.once("exit", () => resolve()));
  started.release();
  expect(readdirSync(files)).toEqual([]);
});
