import { describe, expect, test } from "vitest";
import { ABANDON_MS, orAbandoned, withinLimit } from "../../src/commands/abandon.ts";
import { ManualClock } from "../support/manual-clock.ts";

const LIMIT_MS = 60_000;
const late = new Error("late");

function waiting(work: Promise<string>) {
  const clock = new ManualClock();
  const controller = new AbortController();
  const { signal } = controller;
  const outcome = withinLimit(work, { clock, signal, limitMs: LIMIT_MS, timeoutError: () => late });
  const end = outcome.catch((error: unknown) => error);
  return { clock, controller, signal, end };
}

const never = new Promise<string>(() => {});

describe("work with a limit of time", () => {
  test("settles as it does, and leaves no timer", async () => {
    const { clock, end } = waiting(Promise.resolve("done"));
    expect(await end).toBe("done");
    expect(clock.timerCount).toBe(0);
    const failed = new Error("failed");
    expect(await waiting(Promise.reject(failed)).end).toBe(failed);
  });

  test("is late after that time", async () => {
    const { clock, end } = waiting(never);
    clock.advance(LIMIT_MS);
    expect(await end).toBe(late);
    expect(clock.timerCount).toBe(0);
  });

  test("is abandoned some time after an interruption", async () => {
    const { clock, controller, signal, end } = waiting(never);
    controller.abort();
    clock.advance(ABANDON_MS);
    expect(await end).toBe(signal.reason);
    expect(clock.timerCount).toBe(0);
  });
});

test("work that was interrupted before it began has the same time", async () => {
  const clock = new ManualClock();
  const signal = AbortSignal.abort();
  const end = orAbandoned(never, { clock, signal }).catch((error: unknown) => error);
  expect(clock.timerCount).toBe(1);
  clock.advance(ABANDON_MS);
  expect(await end).toBe(signal.reason);
});
