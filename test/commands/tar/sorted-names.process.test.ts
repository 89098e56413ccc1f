import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSortedNames } from "../../../src/commands/tar/sorted-names.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-names-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe.each([false, true])("the names in a directory (in the main thread: %s)", (isNear) => {
  const names = () => readSortedNames(Buffer.from(directory), isNear);

  it("come sorted by their bytes, the last one first, files and directories alike", async () => {
    for (const name of ["b", "a", "é", "B", "😀", "a.b"]) writeFileSync(join(directory, name), "");
    mkdirSync(join(directory, "a-directory"));
    const latin1 = (name: string) => Buffer.from(name).toString("latin1");
    expect(await names()).toEqual(["😀", "é", "b", "a.b", "a-directory", "a", "B"].map(latin1));
  });

  it("keep bytes that are not UTF-8", async () => {
    writeFileSync(Buffer.from(`${directory}/x\xff\x80`, "latin1"), "");
    expect(await names()).toEqual(["x\xff\x80"]);
  });

  it("are all there when there are thousands", async () => {
    const expected = Array.from({ length: isNear ? 7001 : 2001 }, (_, n) => `f${(n * 7919) % 100_003}`);
    execFileSync("touch", expected, { cwd: directory });
    const turns = countTurns();
    expect(await names()).toEqual(expected.sort().reverse());
    expect(turns.end()).toBeGreaterThan(5);
  });

  it("are none in an empty directory", async () => {
    expect(await names()).toEqual([]);
  });

  it("fail with the system's error where there is no directory", async () => {
    await expect(readSortedNames(Buffer.from(join(directory, "no")), isNear)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

/** How often others had their turn meanwhile. */
function countTurns() {
  let count = 0;
  let counting = true;
  const turn = () => {
    if (!counting) return;
    count += 1;
    setImmediate(turn);
  };
  setImmediate(turn);
  return {
    end() {
      counting = false;
      return count;
    },
  };
}
