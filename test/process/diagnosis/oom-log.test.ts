import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lastOomVictims, victimOf } from "../../../src/process/diagnosis/oom-log.ts";

describe("a record of the kernel's log", () => {
  test.each([
    [
      "of a group",
      "3,423,16270323880,-;Memory cgroup out of memory: Killed process 9713 (python3) total-vm:221628kB, anon-rss:1kB",
      { pid: 9713, program: "python3" },
    ],
    [
      "of the whole system",
      "3,9,1,-;Out of memory: Killed process 12 (cc1plus) total-vm:1kB, anon-rss:1kB",
      { pid: 12, program: "cc1plus" },
    ],
    [
      "of a name beyond ASCII",
      "3,9,1,-;Out of memory: Killed process 12 (h\\xc3\\xbch) total-vm:1kB, anon-rss:1kB",
      { pid: 12, program: "h\u00c3\u00bch" },
    ],
    ["of an old kernel", "3,9,1,-;Out of memory: Kill process 12 (a) b) score 900", { pid: 12, program: "a) b" }],
  ])("%s tells whom it killed", (_, record, victim) => {
    expect(victimOf(record)).toEqual(victim);
  });

  test.each(["6,1,0,-;Command line: quiet", "6,421,1,-;[   9713]     0  9713    55407 python3", ""])(
    "of anything else tells of nobody: %j",
    (record) => {
      expect(victimOf(record)).toBeUndefined();
    },
  );
});

describe("the kernel's log", () => {
  test("that cannot be read has no victims", async () => {
    expect(await lastOomVictims(3, join(tmpdir(), "buildhand-no-such-log"))).toEqual([]);
  });

  test("gives the last that were killed", async () => {
    const directory = mkdtempSync(join(tmpdir(), "buildhand-log-"));
    try {
      // A file gives as much as is asked for, so that each record fills one read of 8192 bytes.
      const records = [1, 2, 3].map((pid) =>
        `3,1,1,-;Out of memory: Killed process ${pid} (p${pid}) total-vm:1kB`.padEnd(8192),
      );
      writeFileSync(join(directory, "kmsg"), records.join(""));
      expect(await lastOomVictims(2, join(directory, "kmsg"))).toEqual([
        { pid: 2, program: "p2" },
        { pid: 3, program: "p3" },
      ]);
      expect(await lastOomVictims(0, join(directory, "kmsg"))).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
