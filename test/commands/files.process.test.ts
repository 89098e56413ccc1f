// mkdir, stat, listdir, glob and rmfile on a real file system, beyond what the recorded session has.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { lutimes, mkdir, readdir, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { attachWorker, type CommandWorker } from "./attached-worker.ts";

const PYTHON = "/usr/bin/python3";

let worker: CommandWorker;
let directory: string;
beforeEach(async () => {
  worker = await attachWorker();
  directory = worker.builderDirectory;
});
afterEach(() => worker.end());

async function header(command: string, args: Record<string, JellyValue>): Promise<[unknown, string]> {
  const report = await worker.run(command, args);
  expect(await report.completed).toBeNull();
  return [report.value("rc"), report.text("header")];
}

describe("arguments of the file commands", () => {
  it.each([
    ["rmdir", {}, "builtins.KeyError: 'dir'"],
    ["cpdir", { fromdir: "x" }, "builtins.KeyError: 'todir'"],
    ["cpdir", { todir: "x" }, "builtins.KeyError: 'fromdir'"],
    ["stat", {}, "builtins.KeyError: 'file'"],
    ["glob", {}, "builtins.KeyError: 'path'"],
    ["listdir", {}, "builtins.KeyError: 'dir'"],
    ["rmfile", {}, "builtins.KeyError: 'path'"],
    ["rmdir", { dir: [1] }, "builtins.TypeError"],
    ["rmdir", { dir: null }, "builtins.TypeError"],
    ["stat", { file: 3 }, "builtins.TypeError"],
    ["rmdir", { dir: "x", timeout: "soon" }, "builtins.TypeError"],
  ])("%s refuses %j", async (name, args: Record<string, JellyValue>, text) => {
    await expect(worker.start(name, args)).rejects.toThrow(text);
  });

  it.each([
    ["stat", { file: "a\0b" }],
    ["listdir", { dir: "a\0b" }],
    ["rmfile", { path: "a\0b" }],
    ["rmdir", { dir: "a\0b" }],
    ["rmdir", { dir: ["a", "a\0b"] }],
    ["cpdir", { fromdir: "a\0b", todir: "c" }],
    ["cpdir", { fromdir: "a", todir: "c\0/d" }],
  ])("%s ends with a ValueError for %j", async (name, args: Record<string, JellyValue>) => {
    const report = await worker.run(name, args);
    const failure = JSON.stringify(await report.completed);
    expect(failure).toContain("builtins.ValueError");
    expect(failure).toContain(`${name}: embedded null character in path`);
    expect(report.value("rc")).toBeUndefined();
  });
});

describe("paths", () => {
  it("are shown as the master wrote them, and mean what the system makes of them", async () => {
    await mkdir(join(directory, "real/deep"), { recursive: true });
    await symlink("real/deep", join(directory, "link"));
    expect(await header("mkdir", { dir: "link/../beside" })).toEqual([0, ""]);
    expect(existsSync(join(directory, "real/beside"))).toBe(true);
    expect(await header("stat", { file: "link/../none//x" })).toEqual([
      2,
      `stat: No such file or directory: ${directory}/link/../none//x\n`,
    ]);
  });

  it("may lead through what mkdir has to make first", async () => {
    expect(await header("mkdir", { dir: "a/../b/" })).toEqual([0, ""]);
    expect((await readdir(directory)).sort()).toEqual(["a", "b"]);
  });

  it("that are empty mean the builder's directory", async () => {
    writeFileSync(join(directory, "file"), "");
    expect((await worker.run("listdir", { dir: "" })).value("files")).toEqual(["file"]);
    expect((await worker.run("glob", { path: "" })).value("files")).toEqual([`${directory}/`]);
    expect(await header("rmfile", { path: "" })).toEqual([21, `rmfile: Is a directory: ${directory}/\n`]);
  });

  it("with ~ are rmfile's only", async () => {
    writeFileSync(join(worker.basedir, "at-home"), "");
    expect(await header("rmfile", { path: "~/at-home" })).toEqual([0, ""]);
    expect(existsSync(join(worker.basedir, "at-home"))).toBe(false);
    expect((await header("stat", { file: "~" }))[1]).toContain(`${directory}/~`);
  });

  it("through a file are refused", async () => {
    writeFileSync(join(directory, "file"), "");
    expect(await header("listdir", { dir: "file" })).toEqual([20, `listdir: Not a directory: ${directory}/file\n`]);
    expect(await header("mkdir", { dir: "file" })).toEqual([17, `mkdir: File exists: ${directory}/file\n`]);
  });
});

describe("rmfile", () => {
  it("removes a link and not its target", async () => {
    writeFileSync(join(directory, "file"), "");
    await symlink("file", join(directory, "link"));
    expect(await header("rmfile", { path: "link" })).toEqual([0, ""]);
    expect(await readdir(directory)).toEqual(["file"]);
  });
});

describe.skipIf(!existsSync(PYTHON))("stat", () => {
  it("gives the numbers of Python's os.stat", async () => {
    mkdirSync(join(directory, "dir"));
    writeFileSync(join(directory, "old"), "abc");
    await utimes(join(directory, "old"), -1.5, -86_400.25);
    writeFileSync(join(directory, "new"), "");
    await utimes(join(directory, "new"), 1_700_000_000.999, 5_000_000_000.5);
    await symlink("new", join(directory, "link"));
    await lutimes(join(directory, "link"), 1, 1);
    const files = ["dir", "old", "new", "link", "/dev/null", "/"];
    const program = "import json, os, sys; print(json.dumps([list(os.stat(path)) for path in sys.argv[1:]]))";
    const options = { cwd: directory, encoding: "utf8" } as const;
    const expected = JSON.parse(execFileSync(PYTHON, ["-c", program, ...files], options)) as number[][];
    for (const [index, file] of files.entries()) {
      expect([file, (await worker.run("stat", { file })).value("stat")]).toEqual([file, { tuple: expected[index] }]);
    }
  });
});
