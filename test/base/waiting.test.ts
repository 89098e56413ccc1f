// Waiting by a clock.
import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { delay, within } from "../../src/base/waiting.ts";
import { ManualClock } from "../support/manual-clock.ts";

const never = new Promise<string>(() => {});

describe("a delay", () => {
  test("is over after its time", async () => {
    const clock = new ManualClock();
    const waiting = delay(clock, 100).then(() => "over");
    clock.advance(99);
    expect(await Promise.race([waiting, Promise.resolve("waiting")])).toBe("waiting");
    clock.advance(1);
    expect(await waiting).toBe("over");
  });

  test("is over when its signal aborts, and leaves neither timer nor listener", async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const waiting = delay(clock, 100, controller.signal);
    controller.abort();
    await waiting;
    await delay(clock, 100, controller.signal);
    expect([clock.timerCount, getEventListeners(controller.signal, "abort").length]).toEqual([0, 0]);
  });
});

describe("work within a time", () => {
  test("settles as it does, and leaves no timer", async () => {
    const clock = new ManualClock();
    expect(await within(clock, Promise.resolve("done"), 100)).toBe("done");
    await expect(within(clock, Promise.reject(new Error("failed")), 100)).rejects.toThrow("failed");
    expect(clock.timerCount).toBe(0);
  });

  test("that takes longer resolves to nothing, or to the caller's value", async () => {
    const clock = new ManualClock();
    const late = [
      within(clock, never, 100),
      within(clock, never, 100, () => "late"),
      within(clock, never, 100, () => {
        throw new Error("too late");
      }),
    ];
    clock.advance(100);
    expect(await Promise.allSettled(late)).toMatchObject([
      { value: undefined },
      { value: "late" },
      { reason: { message: "too late" } },
    ]);
    expect(clock.timerCount).toBe(0);
  });
});
