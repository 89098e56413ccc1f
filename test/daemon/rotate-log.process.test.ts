// Log rotation, compared with Twisted after the same writes.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTwistdLog } from "../../src/daemon/twistd-log.ts";
import { ManualClock } from "../support/manual-clock.ts";

const PYTHON = "/usr/bin/python3";
const TWISTED = "/usr/lib/python3/dist-packages/twisted";

/** How many old ones are kept, and at how many bytes the log is rotated. */
const rows = [
  [null, null],
  [null, 100],
  [0, 100],
  [1, 100],
  [10, 100],
  [3, 1],
  [3, 0],
  [3, 1_000_000],
] as const;
const lines = Array.from({ length: 60 }, (_, i) => `${"text ".repeat(i % 7)}entry ${i}`);

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand-rotation-"));
});
afterAll(() => rmSync(root, { recursive: true }));

function newLog(whose: string, row: number | string): string {
  const directory = join(root, `${whose}-${row}`);
  mkdirSync(directory);
  return join(directory, "twistd.log");
}

function filesBeside(log: string): Record<string, string> {
  const names = readdirSync(dirname(log)).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(dirname(log), name), "utf8")]));
}

const TWISTED_WRITES = `
import json, os, sys
from twisted.python.logfile import LogFile
os.umask(0o022)
lines, logs = json.load(sys.stdin)
for path, most, length in logs:
    log = LogFile.fromFullPath(path, rotateLength=length, maxRotatedFiles=most)
    for line in lines:
        log.write(line)
    log.close()
`;

describe.skipIf(!existsSync(TWISTED))("the same writes leave the same files as with Twisted", () => {
  let theirLogs: readonly string[];
  beforeAll(() => {
    const probe = newLog("ours", "probe");
    const log = openTwistdLog(probe, new ManualClock(), { rotateLengthBytes: null, maxRotatedFiles: null });
    log.line("");
    log.close();
    const prefix = readFileSync(probe, "utf8").trimEnd();
    theirLogs = rows.map((_, at) => newLog("theirs", at));
    const theirLines = lines.map((line) => `${prefix} ${line}\n`);
    const input = JSON.stringify([theirLines, rows.map((row, at) => [theirLogs[at], ...row])]);
    execFileSync(PYTHON, ["-c", TWISTED_WRITES], { input });
  });

  it.each(rows.map((row, at) => [...row, at] as const))(
    "%o old ones kept, rotated at %o bytes",
    (maxRotatedFiles, rotateLengthBytes, at) => {
      const path = newLog("ours", at);
      const log = openTwistdLog(path, new ManualClock(), { rotateLengthBytes, maxRotatedFiles });
      for (const line of lines) log.line(line);
      log.close();
      expect(filesBeside(path)).toEqual(filesBeside(theirLogs[at]!));
    },
  );
});
