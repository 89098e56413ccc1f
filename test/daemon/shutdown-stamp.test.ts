import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stampPath, watchTouches } from "../../src/daemon/shutdown-stamp.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";

let directory: string;
let clock: ManualClock;
let touches: number;
let watch: { end(): void } | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-stamp-"));
  clock = new ManualClock();
  touches = 0;
});
afterEach(() => {
  watch?.end();
  rmSync(directory, { recursive: true });
});

async function start(): Promise<void> {
  const onTouch = () => {
    touches += 1;
  };
  watch = await watchTouches(stampPath(directory), { clock, onTouch });
}

function touch(seconds: number): void {
  writeFileSync(stampPath(directory), "");
  utimesSync(stampPath(directory), seconds, seconds);
}

/** Lets the watch look once, and waits until it has. */
async function look(): Promise<void> {
  expect(clock.timerCount).toBe(1);
  clock.advance(10_000);
  await poll("the watch to go on", () => clock.timerCount === 1);
}

describe("the watch of shutdown.stamp", () => {
  it("sees the file appear at the next poll, ten seconds apart", async () => {
    await start();
    touch(1000);
    clock.advance(9_999);
    expect(clock.timerCount).toBe(1);
    expect(touches).toBe(0);
    clock.advance(1);
    await poll("the watch to go on", () => clock.timerCount === 1);
    expect(touches).toBe(1);
  });

  it("does not count a file that exists at the start", async () => {
    touch(1000);
    await start();
    await look();
    expect(touches).toBe(0);
    touch(1001);
    await look();
    expect(touches).toBe(1);
  });

  it("counts each further touch, and each once", async () => {
    await start();
    for (const seconds of [1000, 1001, 1001.5]) {
      touch(seconds);
      await look();
      await look();
    }
    expect(touches).toBe(3);
  });

  it("does not count an older time, or the removal", async () => {
    touch(1000);
    await start();
    touch(900);
    await look();
    rmSync(stampPath(directory));
    await look();
    expect(touches).toBe(0);
  });

  it("has no timer and reports nothing after its end", async () => {
    await start();
    touch(1000);
    clock.advance(10_000);
    watch?.end();
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.timerCount).toBe(0);
    expect(touches).toBe(0);
  });
});
