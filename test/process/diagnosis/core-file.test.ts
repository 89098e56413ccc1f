import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { coreFileOf } from "../../../src/process/diagnosis/core-file.ts";

let directory: string;
let kernel: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-core-"));
  kernel = join(directory, "kernel");
  mkdirSync(kernel);
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function find(pattern: string, usesPid = "0"): string | undefined {
  writeFileSync(join(kernel, "core_pattern"), `${pattern}\n`);
  writeFileSync(join(kernel, "core_uses_pid"), `${usesPid}\n`);
  return coreFileOf({ pid: 12, directory, sinceMs: 1_000_000 }, kernel);
}

function dump(name: string, atMs = 1_000_500): string {
  const path = join(directory, name);
  writeFileSync(path, "");
  utimesSync(path, atMs / 1000, atMs / 1000);
  return path;
}

describe("the core of a program that crashed", () => {
  test.each([
    ["core", "0", "core"],
    ["core", "1", "core.12"],
    ["core.%p", "1", "core.12"],
    ["100%%-%p", "0", "100%-12"],
  ])("by the pattern %s, with the pid appended: %s, is %s", (pattern, usesPid, name) => {
    const path = dump(name);
    expect(find(pattern, usesPid)).toBe(path);
  });

  test("may lie elsewhere", () => {
    const path = dump("core");
    expect(find(path)).toBe(path);
  });

  test.each(["|/usr/lib/systemd/systemd-coredump %P", "core.%e.%p", ""])("cannot be predicted by %j", (pattern) => {
    dump("core");
    expect(find(pattern)).toBeUndefined();
  });

  test("is none when there is none, or it is an old one", () => {
    expect(find("core")).toBeUndefined();
    dump("core", 900_000);
    expect(find("core")).toBeUndefined();
  });
});
