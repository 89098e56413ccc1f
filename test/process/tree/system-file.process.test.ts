import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSystemFile } from "../../../src/process/tree/system-file.ts";

test("a file is read whole, however long, a character for each byte", () => {
  const directory = mkdtempSync(join(tmpdir(), "buildhand-system-"));
  try {
    const path = join(directory, "file");
    for (const bytes of [Buffer.alloc(0), Buffer.from("grün\0"), Buffer.alloc(100_000, "abc")]) {
      writeFileSync(path, bytes);
      expect(readSystemFile(path)).toBe(bytes.toString("latin1"));
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  expect(readSystemFile("/proc/version")).toBe(readFileSync("/proc/version", "latin1"));
  expect(readSystemFile("/proc/none")).toBeUndefined();
});

test("reading many takes no memory for each", () => {
  readSystemFile("/proc/self/stat");
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 100; n += 1) readSystemFile("/proc/self/stat");
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000);
});
