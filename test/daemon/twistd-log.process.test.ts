// A disk that is full and then is not, played by this process's own limit on the size of files.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localTimestamp } from "../../src/daemon/log-entry.ts";
import { openTwistdLog } from "../../src/daemon/twistd-log.ts";
import { ManualClock } from "../support/manual-clock.ts";

const PRLIMIT = "/usr/bin/prlimit";
const START = localTimestamp(new Date(0));

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-full-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function limitFileSize(bytes: number | "unlimited"): void {
  execFileSync(PRLIMIT, ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`]);
}

describe.skipIf(!existsSync(PRLIMIT))("twistd.log on a disk that was full for a while", () => {
  it("logs how many entries it lost, and why, on a separate line", () => {
    const path = join(directory, "twistd.log");
    const log = openTwistdLog(path, new ManualClock());
    const first = `${START} [-] first\n`;
    log.line("first");
    try {
      limitFileSize(first.length + 5);
      log.line("second");
      log.line("third");
    } finally {
      limitFileSize("unlimited");
    }
    log.line("fourth");
    log.line("fifth");
    log.close();
    expect(readFileSync(path, "utf8").split("\n")).toEqual([
      `${START} [-] first`,
      START.slice(0, 5),
      `${START} [-] 2 entries of this log were lost: File too large`,
      `${START} [-] fourth`,
      `${START} [-] fifth`,
      "",
    ]);
  });
});
