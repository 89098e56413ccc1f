import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localTimestamp } from "../../src/daemon/log-entry.ts";
import { openTwistdLog } from "../../src/daemon/twistd-log.ts";
import { ManualClock } from "../support/manual-clock.ts";

const DAY_MS = 86_400_000;

const START = localTimestamp(new Date(0));
const A_MINUTE_LATER = localTimestamp(new Date(60_000));

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-log-"));
  path = join(directory, "twistd.log");
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("twistd.log", () => {
  it("contains each entry, with its time, immediately", () => {
    const clock = new ManualClock();
    const log = openTwistdLog(path, clock);
    log.line("first");
    expect(readFileSync(path, "utf8")).toBe(`${START} [-] first\n`);
    clock.advance(60_000);
    log.line("a\nb", "Broker,client");
    expect(readFileSync(path, "utf8")).toBe(`${START} [-] first\n${A_MINUTE_LATER} [Broker,client] a\n\tb\n`);
    log.close();
  });

  it("logs once that it cannot be rotated, continues in the same file, and is rotated as soon as possible", () => {
    mkdirSync(`${path}.1`);
    const log = openTwistdLog(path, new ManualClock(), { rotateLengthBytes: 10, maxRotatedFiles: 1 });
    for (const text of ["one", "two", "three"]) log.line(text);
    const sentence = "the log cannot be rotated: Is a directory; it continues in this file";
    const entries = ["one", sentence, "two", "three"].map((text) => `${START} [-] ${text}\n`).join("");
    expect(readFileSync(path, "utf8")).toBe(entries);
    rmSync(`${path}.1`, { recursive: true });
    log.line("four");
    log.close();
    expect([readFileSync(`${path}.1`, "utf8"), readFileSync(path, "utf8")]).toEqual([entries, `${START} [-] four\n`]);
  });

  it("of a DailyLogFile is rotated each day, and keeps the old logs with their dates", () => {
    const clock = new ManualClock();
    clock.advance(10 * DAY_MS);
    const log = openTwistdLog(path, clock, { rotatesDaily: true });
    const days = [0, 1, 1].map((days) => {
      clock.advance(days * DAY_MS);
      log.line("an entry");
      return clock.date();
    });
    log.close();
    const [first, second] = days.map((date) => `${date.getFullYear()}_${date.getMonth() + 1}_${date.getDate()}`);
    expect(readdirSync(directory).toSorted()).toEqual(["twistd.log", `twistd.log.${first}`, `twistd.log.${second}`]);
  });

  it("of a DailyLogFile is rotated at a start on a later day, unless a log of that day exists", () => {
    writeFileSync(path, "before\n");
    utimesSync(path, 0, 0);
    const day = new Date(0);
    const old = `${path}.${day.getFullYear()}_${day.getMonth() + 1}_${day.getDate()}`;
    const clock = new ManualClock();
    clock.advance(10 * DAY_MS);
    for (const _ of [1, 2]) {
      const log = openTwistdLog(path, clock, { rotatesDaily: true });
      log.line("after");
      log.close();
      utimesSync(path, 0, 0);
    }
    expect(readFileSync(old, "utf8")).toBe("before\n");
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(3);
  });

  it("continues an existing file", () => {
    writeFileSync(path, "before\n");
    const log = openTwistdLog(path, new ManualClock());
    log.line("after");
    log.close();
    expect(readFileSync(path, "utf8")).toBe(`before\n${START} [-] after\n`);
  });

  it.skipIf(process.platform === "win32")("may be read by anybody the umask leaves", () => {
    const before = process.umask(0o027);
    try {
      openTwistdLog(path, new ManualClock()).close();
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode % 0o1000).toBe(0o640);
  });

  it("continues at its path on request after it was renamed, and loses no line", () => {
    const log = openTwistdLog(path, new ManualClock());
    log.line("before");
    renameSync(path, `${path}.1`);
    log.line("not told yet");
    expect(log.reopen()).toBe(true);
    log.line("after");
    log.close();
    expect(readFileSync(`${path}.1`, "utf8")).toBe(`${START} [-] before\n${START} [-] not told yet\n`);
    expect(readFileSync(path, "utf8")).toBe(`${START} [-] after\n`);
  });

  it("continues in the file that was created in its place", () => {
    const log = openTwistdLog(path, new ManualClock());
    renameSync(path, `${path}.1`);
    writeFileSync(path, "made by another\n");
    expect(log.reopen()).toBe(true);
    log.line("after");
    log.close();
    expect(readFileSync(path, "utf8")).toBe(`made by another\n${START} [-] after\n`);
  });

  it("stays open if it was not moved, and has its current size", () => {
    const log = openTwistdLog(path, new ManualClock(), { rotateLengthBytes: 100 });
    log.line("x".repeat(200));
    truncateSync(path);
    expect(log.reopen()).toBe(false);
    log.line("after");
    log.close();
    expect(readFileSync(path, "utf8")).toBe(`${START} [-] after\n`);
    expect(existsSync(`${path}.1`)).toBe(false);
  });

  it("continues in the old file if it cannot be reopened, and logs it there", () => {
    const log = openTwistdLog(path, new ManualClock());
    renameSync(path, `${path}.1`);
    mkdirSync(path);
    expect(log.reopen()).toBe(true);
    log.line("after");
    log.close();
    expect(readFileSync(`${path}.1`, "utf8")).toBe(
      `${START} [-] the log cannot be reopened at ${path}: Is a directory; it continues in the old file\n${START} [-] after\n`,
    );
  });

  it("drops entries after it is closed", () => {
    const log = openTwistdLog(path, new ManualClock());
    log.close();
    log.close();
    log.line("late");
    expect(readFileSync(path, "utf8")).toBe("");
  });

  it("that cannot be opened is reported as the real worker reports it", () => {
    const missing = join(directory, "none", "twistd.log");
    expect(() => openTwistdLog(missing, new ManualClock())).toThrow(
      `[Errno 2] No such file or directory: '${missing}'`,
    );
  });

  it.skipIf(!existsSync("/dev/full"))("on a full disk does not disturb the worker", () => {
    symlinkSync("/dev/full", path);
    const log = openTwistdLog(path, new ManualClock());
    log.line("lost");
    log.line("lost");
    log.close();
  });
});
