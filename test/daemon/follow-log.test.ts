// How the start of a worker is told from its log: with a log that the test writes and a clock that it moves.
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { awaitAttached, followLog, lastFailure } from "../../src/daemon/follow-log.ts";
import { LogTail } from "../../src/daemon/log-tail.ts";
import { ManualClock } from "../support/manual-clock.ts";

const DEADLINE_MS = 10_000;
const ATTACHED = "2026-11-23 21:42:26+0000 [Broker,client] message from master: attached\n";

let directory: string;
let path: string;
let tail: LogTail;
let clock: ManualClock;
let ended: boolean;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-follow-"));
  path = join(directory, "twistd.log");
  writeFileSync(path, ATTACHED);
  tail = new LogTail(path);
  clock = new ManualClock();
  ended = false;
});
afterEach(() => {
  tail.close();
  rmSync(directory, { recursive: true });
});

function follow() {
  const { isReady } = awaitAttached(["-"]);
  return followLog(tail, { clock, deadlineMs: DEADLINE_MS, isDone: isReady, hasEnded: () => ended });
}

/** Moves time step by step, with `step` in between, until the outcome is there; says how long that took. */
async function outcomeAfter(step: (nowMs: number) => void = () => {}) {
  let settled = false;
  const outcome = follow().finally(() => {
    settled = true;
  });
  for (; clock.nowMs() < 2 * DEADLINE_MS; clock.advance(10)) {
    step(clock.nowMs());
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    if (settled) break;
  }
  return { outcome: await outcome, afterMs: clock.nowMs() };
}

describe("following a log", () => {
  it("ends when the worker has attached, and ignores lines of an earlier one", async () => {
    const { outcome, afterMs } = await outcomeAfter((nowMs) => {
      if (nowMs === 500) appendFileSync(path, ATTACHED);
    });
    expect(outcome).toEqual({ state: "done" });
    expect(afterMs).toBeGreaterThanOrEqual(500);
    expect(afterMs).toBeLessThan(700);
    expect(clock.timerCount).toBe(0);
  });

  it("sees a line that comes in pieces", async () => {
    const { outcome } = await outcomeAfter((nowMs) => {
      if (nowMs === 100) appendFileSync(path, ATTACHED.slice(0, 60));
      if (nowMs === 300) appendFileSync(path, ATTACHED.slice(60));
    });
    expect(outcome).toEqual({ state: "done" });
  });

  it("sees a line immediately before a rotation", async () => {
    const { outcome } = await outcomeAfter((nowMs) => {
      if (nowMs !== 120) return;
      appendFileSync(path, ATTACHED);
      renameSync(path, `${path}.1`);
      writeFileSync(path, "Connected to buildmaster; worker is ready\n".repeat(100));
    });
    expect(outcome).toEqual({ state: "done" });
  });

  it("gives up at the deadline", async () => {
    const { outcome, afterMs } = await outcomeAfter((nowMs) => {
      if (nowMs % 1000 === 0) appendFileSync(path, "Scheduling retry\n");
    });
    expect(outcome).toEqual({ state: "deadline", lastWords: expect.stringMatching(/^(Scheduling retry\n)+$/) });
    expect(afterMs).toBeGreaterThanOrEqual(DEADLINE_MS);
    expect(clock.timerCount).toBe(0);
  });

  it("ends with the process, and returns the end of its log", async () => {
    const { outcome, afterMs } = await outcomeAfter((nowMs) => {
      if (nowMs !== 200) return;
      appendFileSync(path, `${"x".repeat(5000)}\nno ☃ here\n`);
      ended = true;
    });
    expect(outcome).toEqual({ state: "ended", lastWords: expect.stringMatching(/^x+\nno ☃ here$/) });
    expect(outcome.state === "ended" && outcome.lastWords.length).toBeLessThanOrEqual(2000);
    expect(afterMs).toBeLessThan(400);
  });

  it("knows that a worker attached that has ended since", async () => {
    const { outcome } = await outcomeAfter(() => {
      if (!ended) appendFileSync(path, ATTACHED);
      ended = true;
    });
    expect(outcome).toEqual({ state: "done" });
  });
});

describe("the greetings of several workers", () => {
  const line = (label: string, text: string) =>
    Buffer.from(`2026-11-23 21:42:26+0000 [${label}] message from master: ${text}\n`);

  it("are counted for each of them, in any order", () => {
    const { missing, isReady } = awaitAttached(["w1", "w2", "wör"]);
    expect(isReady(line("wör", "attached"))).toBe(false);
    expect(isReady(line("w1", "hello"))).toBe(false);
    expect(isReady(line("w11", "attached"))).toBe(false);
    expect([...missing]).toEqual(["w1", "w2"]);
    expect(isReady(Buffer.concat([line("w2", "attached"), line("w1", "attached")]))).toBe(true);
  });
});

describe("the last failure in a log", () => {
  it("has the worker's name if there are several", () => {
    expect(lastFailure("2026-11-26 17:00:00+0000 [w2] login: no\n")).toBe("w2: login: no");
  });

  it("is the last line that starts with a stage", () => {
    const line = (text: string) => `2026-11-26 17:00:00+0000 [-] ${text}\n`;
    const refused = "TCP: cannot connect to h:1: connection refused (ECONNREFUSED h:1)";
    const unauthorized = "login: unauthorized login; check worker name and password";
    const log = [refused, "Scheduling retry 1 to connect h:1 in 0.9 seconds.", unauthorized, "Scheduling retry 2"];
    expect(lastFailure(log.map(line).join(""))).toBe(unauthorized);
    expect(lastFailure(line("connected; login: fine"))).toBeUndefined();
  });
});
