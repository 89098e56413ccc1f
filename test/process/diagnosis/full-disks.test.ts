import { describe, expect, test } from "vitest";
import { fullDisk, LEAST_FREE_BYTES, lackOf } from "../../../src/process/diagnosis/full-disks.ts";

const ROOMY = { bsize: 4096, blocks: 100_000, bfree: 90_000, bavail: 80_000, files: 1000, ffree: 500 };
const LEAST_BLOCKS = LEAST_FREE_BYTES / ROOMY.bsize;

describe("a file system", () => {
  test("with room lacks nothing", () => {
    expect(lackOf(ROOMY, false)).toBeUndefined();
  });

  test("lacks space below the limit, and not at it", () => {
    expect(lackOf({ ...ROOMY, bavail: LEAST_BLOCKS - 1 }, false)).toBe("space");
    expect(lackOf({ ...ROOMY, bavail: LEAST_BLOCKS }, false)).toBeUndefined();
  });

  test("that is small is not full for being small", () => {
    const small = { ...ROOMY, blocks: 200 };
    expect(lackOf({ ...small, bavail: 2 }, false)).toBeUndefined();
    expect(lackOf({ ...small, bavail: 1 }, false)).toBe("space");
  });

  test("may have space for root alone", () => {
    expect(lackOf({ ...ROOMY, bavail: 0 }, false)).toBe("space");
    expect(lackOf({ ...ROOMY, bavail: 0 }, true)).toBeUndefined();
  });

  test("lacks inodes when none is free", () => {
    expect(lackOf({ ...ROOMY, ffree: 0 }, true)).toBe("inodes");
  });

  test("that counts neither blocks nor inodes lacks nothing", () => {
    const uncounted = { ...ROOMY, blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 };
    expect(lackOf(uncounted, false)).toBeUndefined();
  });
});

test("directories that are not there are no full disks", async () => {
  expect(await fullDisk(["/no/such/directory", "/proc"])).toBeUndefined();
});
