// Both ways to make directories writable before they are removed, run by a user who owns them.
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unlockingWords } from "../../src/commands/rmdir.ts";

/** Nobody's, on every Linux; root may do everything anyway. */
const UNPRIVILEGED_UID = 65_534;
const uid = process.geteuid?.() === 0 ? UNPRIVILEGED_UID : undefined;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand-rmdir-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test.each([
  ["chmod", true],
  ["find", false],
] as const)("%s gives the owner access to directories in directories without any", (program, hasGnuChmod) => {
  const tree = join(root, "tree");
  const [inner, deep] = [join(tree, "inner"), join(tree, "inner", "deep")];
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, "file"), "");
  for (const path of [root, tree, inner, deep, join(deep, "file")]) if (uid !== undefined) chownSync(path, uid, uid);
  for (const path of [deep, inner]) chmodSync(path, 0);
  chmodSync(tree, 0o500);
  const [file = "", ...args] = unlockingWords(tree, hasGnuChmod);
  expect(file).toBe(program);
  expect(spawnSync(file, args, { uid }).status).toBe(0);
  for (const path of [tree, inner, deep]) expect(statSync(path).mode & 0o700).toBe(0o700);
});
