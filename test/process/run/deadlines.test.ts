import { describe, expect, test } from "vitest";
import { Deadlines } from "../../../src/process/run/deadlines.ts";
import { ManualClock } from "../../support/manual-clock.ts";

function watch(idleTimeoutMs: number | undefined, maxTimeMs: number | undefined) {
  const clock = new ManualClock();
  const expired: string[] = [];
  const deadlines = new Deadlines({ clock, idleTimeoutMs, maxTimeMs, onExpired: (which) => expired.push(which) });
  return { clock, expired, deadlines };
}

describe("deadlines", () => {
  test("expire once, whichever comes first", () => {
    const { clock, expired } = watch(50, 100);
    clock.advance(1000);
    expect(expired).toEqual(["idle-timeout"]);
    expect(clock.timerCount).toBe(0);
  });

  test("of undefined or 0 never expire", () => {
    const { clock } = watch(0, undefined);
    expect(clock.timerCount).toBe(0);
  });

  test("let activity extend the idle time but not the total time", () => {
    const { clock, expired, deadlines } = watch(50, 100);
    clock.advance(40);
    deadlines.noteActivity();
    clock.advance(40);
    deadlines.noteActivity();
    clock.advance(20);
    expect(expired).toEqual(["max-time"]);
  });

  test("do not count idle time while paused, activity or not", () => {
    const { clock, expired, deadlines } = watch(50, undefined);
    deadlines.pause();
    deadlines.noteActivity();
    clock.advance(1000);
    deadlines.resume();
    clock.advance(49);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual(["idle-timeout"]);
  });

  test("continue from where they were paused, however often", () => {
    const { clock, expired, deadlines } = watch(50, undefined);
    for (let time = 0; time < 49; time += 1) {
      clock.advance(1);
      deadlines.pause();
      clock.advance(1000);
      deadlines.resume();
    }
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual(["idle-timeout"]);
  });

  test("resuming without a pause has no effect", () => {
    const { clock, expired, deadlines } = watch(50, undefined);
    clock.advance(49);
    deadlines.resume();
    clock.advance(1);
    expect(expired).toEqual(["idle-timeout"]);
  });

  test("do not count time in which this process was suspended, perhaps with its command", () => {
    const { clock, expired } = watch(5000, undefined);
    clock.stall(60_000);
    expect(expired).toEqual([]);
    clock.advance(4999);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual(["idle-timeout"]);
  });

  test("expire all the same when this process was late for a moment", () => {
    const { clock, expired } = watch(5000, undefined);
    clock.stall(5900);
    expect(expired).toEqual(["idle-timeout"]);
  });

  test("stay silent and without timers once cancelled", () => {
    const { clock, deadlines } = watch(50, 100);
    deadlines.cancel();
    deadlines.noteActivity();
    deadlines.pause();
    deadlines.resume();
    expect(clock.timerCount).toBe(0);
  });
});
