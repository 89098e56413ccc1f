import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDirectories } from "../../src/commands/make-directories.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "buildhand-directories-"));
});
afterEach(() => {
  rmSync(scratch, { recursive: true });
});

describe("makeDirectories", () => {
  it("makes a directory and its parents, and finds them there the second time", async () => {
    await makeDirectories(join(scratch, "a/b/c"));
    await makeDirectories(join(scratch, "a/b/c"));
    expect(statSync(join(scratch, "a/b/c")).isDirectory()).toBe(true);
  });

  it("goes through a link to a directory", async () => {
    symlinkSync(scratch, join(scratch, "link"));
    await makeDirectories(join(scratch, "link"));
    await makeDirectories(join(scratch, "link/a/b"));
    expect(statSync(join(scratch, "a/b")).isDirectory()).toBe(true);
  });

  it("may be at work twice at the same time", async () => {
    await Promise.all(Array.from({ length: 8 }, () => makeDirectories(join(scratch, "a/b/c/d"))));
    expect(statSync(join(scratch, "a/b/c/d")).isDirectory()).toBe(true);
  });

  it.each([
    ["file", "EEXIST"],
    ["dangling", "EEXIST"],
    ["file/below", "ENOTDIR"],
    ["file/deep/below", "ENOTDIR"],
  ])("rejects for %s with %s", async (name, code) => {
    writeFileSync(join(scratch, "file"), "");
    symlinkSync("nowhere", join(scratch, "dangling"));
    await expect(makeDirectories(join(scratch, name))).rejects.toMatchObject({ code });
  });

  it("gives up where nothing can be made", async () => {
    await expect(makeDirectories("/proc/nowhere/deep")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
