import { describe, expect, test } from "vitest";
import { readWithTimeout } from "../../../src/process/tree/guarded-read.ts";
import { ManualClock } from "../../support/manual-clock.ts";

describe("a look with a limit of time", () => {
  test("gives what was found, and leaves no timer", async () => {
    const clock = new ManualClock();
    expect(await readWithTimeout({ clock, limitMs: 10 }, () => Promise.resolve("found"))).toBe("found");
    expect(clock.timerCount).toBe(0);
  });

  test("gives nothing when it fails", async () => {
    const clock = new ManualClock();
    expect(await readWithTimeout({ clock, limitMs: 10 }, () => Promise.reject(new Error("no")))).toBeUndefined();
    expect(clock.timerCount).toBe(0);
  });

  test("is over when the time is, and knows it", async () => {
    const clock = new ManualClock();
    let finish = () => {};
    let isOver = () => false;
    const found = readWithTimeout({ clock, limitMs: 10 }, (over) => {
      isOver = over;
      return new Promise<string>((resolve) => {
        finish = () => resolve("late");
      });
    });
    expect(isOver()).toBe(false);
    clock.advance(10);
    expect(await found).toBeUndefined();
    expect(isOver()).toBe(true);
    finish();
  });

  test("is not started while two others hang, and again once one has finished", async () => {
    const clock = new ManualClock();
    const finishes: (() => void)[] = [];
    const hang = () => new Promise<void>((resolve) => void finishes.push(resolve));
    const looks = [readWithTimeout({ clock, limitMs: 1 }, hang), readWithTimeout({ clock, limitMs: 1 }, hang)];
    clock.advance(1);
    await Promise.all(looks);
    expect(await readWithTimeout({ clock, limitMs: 1 }, () => Promise.resolve("found"))).toBeUndefined();
    for (const finish of finishes) finish();
    await new Promise(setImmediate);
    expect(await readWithTimeout({ clock, limitMs: 1 }, () => Promise.resolve("found"))).toBe("found");
  });
});
