import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isNear } from "../../src/commands/near-trees.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-near-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe("a tree is used in the main thread", () => {
  it("if it is on a local file system", async () => {
    expect(await isNear(directory)).toBe(true);
    expect(await isNear(Buffer.from(directory))).toBe(true);
  });

  it("if it does not exist, and its parent is local", async () => {
    expect(await isNear(join(directory, "missing"))).toBe(true);
  });

  it.each(["/", "/sys"])("but not with mount points below, or on an unknown file system: %s", async (path) => {
    expect(await isNear(path)).toBe(false);
  });
});
