// Removing and copying as on Windows. Sharing violations, which Wine does not report, are errors that the test makes.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { batchFile } from "../../../src/base/windows/batch-file.ts";
import { copyTree, removeTree, withRetries } from "../../../src/base/windows/tree-work.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-tree-work-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const failure = (code: string) => Object.assign(new Error(code), { code });

test.each(["EBUSY", "EPERM", "EACCES", "ENOTEMPTY"])("what fails with %s for a moment is repeated", async (code) => {
  let attempts = 0;
  await withRetries(async () => {
    attempts += 1;
    if (attempts < 3) throw failure(code);
  }, [0, 0, 0]);
  expect(attempts).toBe(3);
});

test("what stays in use fails with the system's error", async () => {
  await expect(withRetries(() => Promise.reject(failure("EBUSY")), [0, 0])).rejects.toThrow("EBUSY");
});

test("other errors are not repeated", async () => {
  let attempts = 0;
  const act = () => {
    attempts += 1;
    return Promise.reject(failure("ENOSPC"));
  };
  await expect(withRetries(act, [0, 0])).rejects.toThrow("ENOSPC");
  expect(attempts).toBe(1);
});

test("a directory is removed with read-only files, but not what a link in it leads to", async () => {
  const [tree, kept] = [join(directory, "tree"), join(directory, "kept")];
  mkdirSync(join(tree, "sub"), { recursive: true });
  mkdirSync(kept);
  writeFileSync(join(tree, "sub", "file"), "x");
  chmodSync(join(tree, "sub", "file"), 0o444);
  symlinkSync(kept, join(tree, "link"));
  await removeTree(tree);
  expect([existsSync(tree), existsSync(kept)]).toEqual([false, true]);
  await removeTree(tree);
});

test("a copy has the content, and an existing target is refused", async () => {
  const [from, to] = [join(directory, "from"), join(directory, "new", "to")];
  mkdirSync(from);
  writeFileSync(join(from, "file"), "x");
  await copyTree(from, to);
  expect(readFileSync(join(to, "file"), "utf8")).toBe("x");
  await expect(copyTree(from, to)).rejects.toMatchObject({ code: "EEXIST" });
});

test.each([
  ["a text with lines of its own", "one\ntwo\r\nthree", "@echo off\r\none\r\ntwo\r\nthree"],
  ["a list of a name", ["make", "a b", "100%"], '@echo off\r\nmake ^"a b^" 100%%'],
  ["a list with a relative path", ["bin\\x.exe"], "@echo off\r\nbin\\x.exe"],
  ["a list with a path of another program", ["C:\\x.cmd"], "@echo off\r\nC:\\x.cmd"],
  ["a list with the absolute path of an .exe", ["C:\\x.EXE", "a"], undefined],
])("%s becomes a batch file or is started directly", (_what, command, content) => {
  expect(batchFile(command)).toBe(content);
});
