// Log rotation.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rotateLog } from "../../src/daemon/rotate-log.ts";
import { openTwistdLog } from "../../src/daemon/twistd-log.ts";
import { ManualClock } from "../support/manual-clock.ts";

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

function write(texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, name), text);
}

describe("rotateLog", () => {
  it("moves each log to the next number and leaves no log behind", () => {
    write({
      "twistd.log": "now",
      "twistd.log.1": "1",
      "twistd.log.2": "2",
      "twistd.log.9": "9",
      "twistd.log.10": "10",
    });
    rotateLog(path, null);
    expect(files()).toEqual({
      "twistd.log.1": "now",
      "twistd.log.2": "1",
      "twistd.log.3": "2",
      "twistd.log.10": "9",
      "twistd.log.11": "10",
    });
  });

  it.each([0, 1])("keeps the log just rotated with a limit of %i", (keptLimit) => {
    write({ "twistd.log": "now", "twistd.log.1": "1", "twistd.log.2": "2" });
    rotateLog(path, keptLimit);
    expect(files()).toEqual({ "twistd.log.1": "now" });
  });

  it("removes all beyond the number to keep, and nothing that only looks like a log", () => {
    const others = { "twistd.log.gz": "a", "twistd.log.1.gz": "b", "twistd.log.01": "c", "other.log.1": "d" };
    write({ ...others, "twistd.log": "now", "twistd.log.1": "1", "twistd.log.2": "2", "twistd.log.7": "7" });
    rotateLog(path, 2);
    expect(files()).toEqual({ ...others, "twistd.log.1": "now", "twistd.log.2": "1" });
  });

  it("does nothing when there is no log", () => {
    write({ "twistd.log.1": "1" });
    rotateLog(path, 1);
    expect(files()).toEqual({ "twistd.log.1": "1" });
  });
});

describe("a log", () => {
  const options = { rotateLengthBytes: 60, maxRotatedFiles: 2 };

  it("is rotated before the next entry when it is full, and continues an existing file", () => {
    write({ "twistd.log": "x".repeat(60) });
    const log = openTwistdLog(path, new ManualClock(), options);
    log.line("first");
    log.close();
    expect(files()).toEqual({
      "twistd.log": expect.stringContaining("first\n"),
      "twistd.log.1": "x".repeat(60),
    });
  });

  it.each([null, 0])("is never rotated automatically with the length %o", (rotateLengthBytes) => {
    const log = openTwistdLog(path, new ManualClock(), { ...options, rotateLengthBytes });
    for (let i = 0; i < 50; i += 1) log.line("entry");
    log.close();
    expect(Object.keys(files())).toEqual(["twistd.log"]);
  });

  it("continues in the same file if it cannot be rotated, and is rotated as soon as possible", () => {
    // A directory has the place of the first old log, which a file cannot replace.
    mkdirSync(join(directory, "twistd.log.1"));
    mkdirSync(join(directory, "twistd.log.2"));
    writeFileSync(join(directory, "twistd.log.2", "in the way"), "");
    const log = openTwistdLog(path, new ManualClock(), options);
    for (let i = 0; i < 5; i += 1) log.line(`entry ${i}`);
    expect(readFileSync(path, "utf8").match(/entry \d/g)).toEqual([
      "entry 0",
      "entry 1",
      "entry 2",
      "entry 3",
      "entry 4",
    ]);
    rmSync(join(directory, "twistd.log.1"), { recursive: true });
    rmSync(join(directory, "twistd.log.2"), { recursive: true });
    log.line("entry 5");
    log.close();
    expect(readFileSync(path, "utf8").match(/entry \d/g)).toEqual(["entry 5"]);
    expect(readFileSync(`${path}.1`, "utf8").match(/entry \d/g)).toHaveLength(5);
  });

  it("is created again after it was removed", () => {
    const log = openTwistdLog(path, new ManualClock(), options);
    log.line("lost with its file");
    log.line("lost with its file, too");
    rmSync(path);
    log.line("kept");
    log.close();
    expect(files()).toEqual({ "twistd.log": expect.stringContaining("kept\n") });
  });

  it("is rotated on request even if it is short", () => {
    const log = openTwistdLog(path, new ManualClock(), { rotateLengthBytes: 1_000_000 });
    log.line("before");
    log.rotate();
    log.line("after");
    log.close();
    expect(files()).toEqual({
      "twistd.log": expect.stringContaining("after"),
      "twistd.log.1": expect.stringContaining("before"),
    });
  });
});
