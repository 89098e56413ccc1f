// Log rotation, compared with Twisted after the same writes.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTwistdLog } from "../../src/daemon/twistd-log.ts";
import { ManualClock } from "../support/manual-clock.ts";

const PYTHON = "/usr/bin/python3";
const TWISTED = "/usr/lib/python3/dist-packages/twisted";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-rotation-"));
  path = join(directory, "twistd.log");
});
afterEach(() => rmSync(directory, { recursive: true }));

function files(): Record<string, string> {
  const names = readdirSync(directory).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), "utf8")]));
}

const TWISTED_WRITES = `
import json, os, sys
from twisted.python.logfile import LogFile
path, length, most, lines = json.loads(sys.argv[1])
os.umask(0o022)
log = LogFile.fromFullPath(path, rotateLength=length, maxRotatedFiles=most)
for line in lines:
    log.write(line)
log.close()
`;

describe.skipIf(!existsSync(TWISTED))("the same writes leave the same files as with Twisted", () => {
  const lines = Array.from({ length: 60 }, (_, i) => `${"text ".repeat(i % 7)}entry ${i}`);

  it.each([
    [null, null],
    [null, 100],
    [0, 100],
    [1, 100],
    [10, 100],
    [3, 1],
    [3, 0],
    [3, 1_000_000],
  ])("%o old ones kept, rotated at %o bytes", (maxRotatedFiles, rotateLengthBytes) => {
    const log = openTwistdLog(path, new ManualClock(), { rotateLengthBytes, maxRotatedFiles });
    for (const line of lines) log.line(line);
    log.close();
    const ours = files();
    for (const name of Object.keys(ours)) rmSync(join(directory, name));
    const prefix = /^.*? \[-\] /.exec(Object.values(ours)[0]!)![0];
    const theirLines = lines.map((line) => `${prefix}${line}\n`);
    const input = JSON.stringify([path, rotateLengthBytes, maxRotatedFiles, theirLines]);
    execFileSync(PYTHON, ["-c", TWISTED_WRITES, input]);
    expect(ours).toEqual(files());
  });
});
