import { describe, expect, test } from "vitest";
import { ABANDON_MS } from "../../../src/commands/abandon.ts";
import {
  LOG_SILENCE_LIMIT_MS,
  LogWatchWithTimeout,
  type Watch,
} from "../../../src/commands/shell/log-watch-with-timeout.ts";
import type { LogFile } from "../../../src/process/log-files/log-watch.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const MOST_MS = LOG_SILENCE_LIMIT_MS - 1;

const LOG: LogFile = { name: "log", path: "/nowhere/log", follow: false };

/** Logs over a watch in which the named steps end when they are told to, and the others at once. */
function logsOver(...hanging: readonly (keyof Watch)[]) {
  return watched([LOG], hanging);
}

function watched(files: readonly LogFile[], hanging: readonly (keyof Watch)[]) {
  const clock = new ManualClock();
  const calls: string[] = [];
  const given: string[] = [];
  let givenUpCount = 0;
  let give: (text: string) => void = () => {};
  const ends: ((error?: Error) => void)[] = [];
  const step = (name: keyof Watch) => async () => {
    calls.push(name);
    if (!hanging.includes(name)) return;
    await new Promise<void>((resolve, reject) => {
      ends.push((error) => (error === undefined ? resolve() : reject(error)));
    });
  };
  const note = (name: keyof Watch) => () => void calls.push(name);
  const logs = new LogWatchWithTimeout({
    clock,
    files,
    onBytes: (name, bytes) => given.push(`${name}: ${bytes}`),
    onGivenUp: () => {
      givenUpCount += 1;
    },
    watch({ onBytes }) {
      give = (text) => onBytes("log", Buffer.from(text));
      return {
        remember: step("remember"),
        start: note("start"),
        pause: note("pause"),
        resume: note("resume"),
        finish: step("finish"),
        stop: note("stop"),
        close: step("close"),
      };
    },
  });
  const state = async (promise: Promise<void>) => {
    const waiting = new Promise<string>((resolve) => setImmediate(() => resolve("waiting")));
    return Promise.race([promise.then(() => "over"), waiting]);
  };
  return {
    clock,
    calls,
    given,
    logs,
    ends,
    state,
    give: (text: string) => give(text),
    givenUpCount: () => givenUpCount,
  };
}

test("without log files there is no waiting", async () => {
  const { logs, calls, state } = watched([], ["remember", "finish", "close"]);
  expect(await state(logs.remember())).toBe("over");
  expect(logs.isAwaited).toBe(false);
  expect(await state(logs.finish())).toBe("over");
  expect(await state(logs.close())).toBe("over");
  expect(calls).toEqual(["stop"]);
});

describe("log files that answer", () => {
  test("are watched as by their watch, and leave no timer", async () => {
    const { logs, calls, clock } = logsOver();
    await logs.remember();
    logs.start();
    await logs.finish();
    await logs.close();
    expect(calls).toEqual(["remember", "start", "finish", "stop", "close"]);
    expect(clock.timerCount).toBe(0);
    expect(logs.isAwaited).toBe(false);
  });

  test("tell of what went wrong", async () => {
    const { logs, ends } = logsOver("finish");
    const finished = logs.finish();
    ends[0]?.(new Error("a bug"));
    await expect(finished).rejects.toThrow("a bug");
  });

  test("have no limit while there is progress, or while we are not reading", async () => {
    const { logs, clock, ends, give, given, state, givenUpCount } = logsOver("finish");
    const finished = logs.finish();
    clock.advance(MOST_MS);
    give("a");
    clock.advance(MOST_MS);
    logs.pause();
    clock.advance(1_000_000);
    logs.resume();
    expect(await state(finished)).toBe("waiting");
    ends[0]?.();
    expect(await state(finished)).toBe("over");
    expect(given).toEqual(["log: a"]);
    expect(givenUpCount()).toBe(0);
  });
});

describe("log files that do not answer", () => {
  test.each(["remember", "finish", "close"] as const)("are given up in %s", async (name) => {
    const { logs, clock, state } = logsOver(name);
    const step = logs[name]();
    clock.advance(ABANDON_MS - 1);
    expect(await state(step)).toBe("waiting");
    clock.advance(LOG_SILENCE_LIMIT_MS);
    expect(await state(step)).toBe("over");
    expect(clock.timerCount).toBe(0);
  });

  test("are given up for good, reported once, and closed when they respond", async () => {
    const { logs, clock, calls, ends, give, given, state, givenUpCount } = logsOver("remember");
    const remembered = logs.remember();
    clock.advance(LOG_SILENCE_LIMIT_MS);
    await remembered;
    logs.start();
    await logs.finish();
    await logs.close();
    give("late");
    expect([calls.includes("start"), calls.includes("finish"), calls.includes("close")]).toEqual([false, false, false]);
    expect(given).toEqual([]);
    expect(givenUpCount()).toBe(1);
    ends[0]?.();
    await state(Promise.resolve());
    expect(calls.at(-1)).toBe("close");
  });

  test("have less time after an interrupt, before or while they are waited for", async () => {
    for (const isBefore of [true, false]) {
      const { logs, clock, state, givenUpCount } = logsOver("finish");
      if (isBefore) logs.shortenTimeout();
      const finished = logs.finish();
      if (!isBefore) logs.shortenTimeout();
      clock.advance(ABANDON_MS - 1);
      expect(await state(finished)).toBe("waiting");
      clock.advance(1);
      expect(await state(finished)).toBe("over");
      expect(givenUpCount()).toBe(1);
    }
  });

  test("are not missed when they were stopped, read or not", async () => {
    const { logs, clock, state, givenUpCount } = logsOver("finish");
    logs.pause();
    const finished = logs.finish();
    logs.stop();
    clock.advance(ABANDON_MS);
    expect(await state(finished)).toBe("over");
    expect(givenUpCount()).toBe(0);
  });
});
