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

  test("let activity put off the silence but not the end", () => {
    const { clock, expired, deadlines } = watch(50, 100);
    clock.advance(40);
    deadlines.noteActivity();
    clock.advance(40);
    deadlines.noteActivity();
    clock.advance(20);
    expect(expired).toEqual(["max-time"]);
  });

  test("do not count silence while held, activity or not", () => {
    const { clock, expired, deadlines } = watch(50, undefined);
    deadlines.hold();
    deadlines.noteActivity();
    clock.advance(1000);
    deadlines.letGo();
    clock.advance(49);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual(["idle-timeout"]);
  });

  test("count on from where they were when they were held, however often", () => {
    const { clock, expired, deadlines } = watch(50, undefined);
    for (let time = 0; time < 49; time += 1) {
      clock.advance(1);
      deadlines.hold();
      clock.advance(1000);
      deadlines.letGo();
    }
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual(["idle-timeout"]);
  });

  test("letting go of what is not held puts off nothing", () => {
    const { clock, expired, deadlines } = watch(50, undefined);
    clock.advance(49);
    deadlines.letGo();
    clock.advance(1);
    expect(expired).toEqual(["idle-timeout"]);
  });

  test("take no time for silence in which this process was stopped, and perhaps what it watches with it", () => {
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
    deadlines.hold();
    deadlines.letGo();
    expect(clock.timerCount).toBe(0);
  });
});
