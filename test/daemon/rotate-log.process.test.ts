// Log rotation, compared with Twisted after the same writes.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

const directoryOf = (whose: "ours" | "theirs", row: number) => join(root, `${whose}-${row}`);

function files(directory: string): Record<string, string> {
  const names = readdirSync(directory).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), "utf8")]));
}

const TWISTED_WRITES = `
import json, os, sys
from twisted.python.logfile import LogFile
lines, logs = json.load(sys.stdin)
os.umask(0o022)
for directory, (most, length) in logs:
    os.mkdir(directory)
    log = LogFile("twistd.log", directory, rotateLength=length, maxRotatedFiles=most)
    for line in lines:
        log.write(line)
    log.close()
`;

describe.skipIf(!existsSync(TWISTED))("the same writes leave the same files as with Twisted", () => {
  beforeAll(() => {
    for (const [at, [maxRotatedFiles, rotateLengthBytes]] of rows.entries()) {
      mkdirSync(directoryOf("ours", at));
      const path = join(directoryOf("ours", at), "twistd.log");
      const log = openTwistdLog(path, new ManualClock(), { rotateLengthBytes, maxRotatedFiles });
      for (const line of lines) log.line(line);
      log.close();
    }
    const prefix = /^.*? \[-\] /.exec(Object.values(files(directoryOf("ours", 0)))[0]!)![0];
    const theirLogs = rows.map((row, at) => [directoryOf("theirs", at), row]);
    const input = JSON.stringify([lines.map((line) => `${prefix}${line}\n`), theirLogs]);
    execFileSync(PYTHON, ["-c", TWISTED_WRITES], { input });
  });

  it.each(rows.map((row, at) => [...row, at] as const))(
    "%o old ones kept, rotated at %o bytes",
    (_kept, _bytes, at) => {
      expect(files(directoryOf("ours", at))).toEqual(files(directoryOf("theirs", at)));
    },
  );
});
