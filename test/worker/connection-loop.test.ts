// The loop that keeps a worker connected, over connections that end as a test says.
import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { sessionErrors } from "../../src/session/errors.ts";
import { transportErrors } from "../../src/transport/errors.ts";
import type { ConnectionEnd, ConnectionRequest, ConnectionStage } from "../../src/worker/connection.ts";
import { ConnectionLoop, type ConnectionLoopOptions } from "../../src/worker/connection-loop.ts";
import { workerErrors } from "../../src/worker/errors.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { tcpTarget } from "../support/tcp-target.ts";

const SECOND = 1000;
const refused: ConnectionEnd = { stage: "TCP", cause: transportErrors.connectFailed("TCP", "refused") };
const lost: ConnectionEnd = { stage: "ready", cause: sessionErrors.connectionLost("closed") };
const unattached: ConnectionEnd = { stage: "attach", cause: workerErrors.notAttached("h:1", 60, "") };
const badPassword: ConnectionEnd = { stage: "login", cause: sessionErrors.loginRefused("w1") };

interface Attempt {
  readonly request: ConnectionRequest;
  readonly end: (end: ConnectionEnd) => Promise<void>;
}

function loop(options: Partial<ConnectionLoopOptions> = {}) {
  const clock = new ManualClock();
  const log: string[] = [];
  const attempts: Attempt[] = [];
  const stop = new AbortController();
  const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));
  const made = new ConnectionLoop({
    connection: {
      run: (request) =>
        new Promise((resolve) => {
          const onAbort = () => void end(lost);
          const end = (given: ConnectionEnd) => {
            request.signal.removeEventListener("abort", onAbort);
            resolve(given);
            return settle();
          };
          request.signal.addEventListener("abort", onAbort);
          attempts.push({ request, end });
        }),
    },
    target: tcpTarget("h", 1),
    clock,
    log: (text) => void log.push(text),
    maxDelayMs: 300 * SECOND,
    maxRetries: undefined,
    onLost: () => Promise.resolve(),
    signal: stop.signal,
    ...options,
  });
  const ended = made.run();
  const last = () => attempts.at(-1)!;
  return {
    made,
    clock,
    log,
    attempts,
    ended,
    last,
    settle,
    stop: () => stop.abort(),
    signal: stop.signal,
    /** Ends the present attempt, and waits until the next one has begun; gives the wait in between. */
    fail: async (end: ConnectionEnd): Promise<number> => {
      await last().end(end);
      const { nextAttempt } = made.status();
      const waitMs = (nextAttempt?.getTime() ?? 0) - clock.date().getTime();
      clock.advance(waitMs);
      await settle();
      return waitMs;
    },
    beReady: async (ms: number) => {
      last().request.onStage("ready");
      clock.advance(ms);
    },
  };
}

it("reports its status: the stage, why and how often it failed, and when the next attempt is", async () => {
  const { made, clock, last, settle } = loop();
  const stages: readonly ConnectionStage[] = ["name lookup", "TCP", "proxy", "TLS", "login", "attach"];
  for (const stage of stages) {
    clock.advance(SECOND);
    last().request.onStage(stage);
    expect(made.status()).toEqual({
      phase: stage,
      since: clock.date(),
      target: "h:1",
      failures: 0,
      connections: 0,
      lastFailure: undefined,
      nextAttempt: undefined,
    });
  }
  const failedAt = clock.date();
  await last().end(badPassword);
  const waiting = made.status();
  expect(waiting).toMatchObject({
    phase: "waiting",
    since: failedAt,
    failures: 1,
    lastFailure: { at: failedAt, cause: expect.stringContaining("login: unauthorized login") },
  });
  const nextMs = waiting.nextAttempt!.getTime() - failedAt.getTime();
  expect(nextMs).toBeGreaterThanOrEqual(50);
  expect(nextMs).toBeLessThanOrEqual(SECOND);
  clock.advance(nextMs);
  await settle();
  last().request.onStage("ready");
  expect(made.status()).toMatchObject({ phase: "ready", failures: 1, nextAttempt: undefined });
  expect(made.status()).toMatchObject({ connections: 1, lastFailure: waiting.lastFailure });
});

it("shows times by the wall clock as it is now, and measures none by it", async () => {
  const { made, clock, last } = loop();
  await last().end(refused);
  const before = made.status();
  clock.jumpWall(3600 * SECOND);
  const after = made.status();
  for (const key of ["since", "nextAttempt"] as const) {
    expect(after[key]!.getTime() - before[key]!.getTime()).toBe(3600 * SECOND);
  }
});

it.each([5 * SECOND, 40 * SECOND])(
  "waits longer with each failure, and never more than maxdelay, %i ms",
  async (max) => {
    const { fail } = loop({ maxDelayMs: max });
    const waits: number[] = [];
    for (let i = 0; i < 300; i += 1) waits.push(await fail(refused));
    expect(waits[0]).toBeLessThanOrEqual(SECOND);
    expect(Math.max(...waits)).toBeLessThanOrEqual(max);
    // 290 draws from 0 to max: the odds against this are 0.6 to the power of 290.
    expect(Math.max(...waits)).toBeGreaterThan(0.6 * max);
  },
);

it("starts again with short delays only after a connection was ready for ten seconds", async () => {
  const { made, fail, beReady } = loop();
  for (let i = 0; i < 20; i += 1) await fail(refused);
  for (const end of [badPassword, unattached]) await fail(end);
  await beReady(0);
  await fail(lost);
  await beReady(10 * SECOND - 1);
  await fail(lost);
  expect(made.status().failures).toBe(24);
  await beReady(10 * SECOND);
  expect(await fail(lost)).toBeLessThanOrEqual(SECOND);
  expect(made.status().failures).toBe(1);
});

it("logs each outage with its cause and the wait, and its end", async () => {
  const { log, fail, beReady } = loop();
  await fail(refused);
  await fail(refused);
  await fail(refused);
  await fail(badPassword);
  await beReady(60 * SECOND);
  await fail(lost);
  await beReady(0);
  const retry = (n: number) =>
    expect.stringMatching(new RegExp(`^Scheduling retry ${n} to connect h:1 in \\d+\\.\\d{3} seconds\\.$`));
  expect(log).toEqual([
    "TCP: refused",
    retry(1),
    "what to do: connect-failed in docs/reference/troubles.md, or run buildhand doctor BASEDIR",
    "the same failure again: from now on failures are counted, and logged once an hour",
    expect.stringMatching(/^login: unauthorized login; check worker name and password: /),
    retry(4),
    "what to do: login-refused in docs/reference/troubles.md, or run buildhand doctor BASEDIR",
    "Connected to buildmaster; worker is ready",
    expect.stringMatching(/^connected after 5 attempts in /),
    "connection lost: closed",
    retry(1),
    "Connected to buildmaster; worker is ready",
    expect.stringMatching(/^connected again after 1 attempt in /),
  ]);
});

it.each<[string, number, readonly ConnectionEnd[]]>([
  ["at the first failure with 1", 1, [refused]],
  ["at the second failure with 2", 2, [refused, badPassword]],
  ["at failures of any stage", 4, [refused, badPassword, unattached, refused]],
])("gives up %s", async (_, maxRetries, ends) => {
  const { made, log, attempts, ended, clock, fail, last } = loop({ maxRetries });
  for (const end of ends.slice(0, -1)) await fail(end);
  expect(log.join()).not.toContain("giving up");
  await last().end(ends.at(-1)!);
  expect(await ended).toBe("gave up");
  expect(attempts).toHaveLength(maxRetries);
  const words = log.filter((line) => !line.startsWith("what to do: "));
  expect(words.at(-1)).toMatch(/^giving up after .* \(maxretries = \d\); the worker exits$/);
  expect(words.at(-2)).toContain(ends.at(-1)!.cause.message);
  expect(made.status()).toMatchObject({
    phase: "ended",
    failures: maxRetries,
    lastFailure: { cause: ends.at(-1)!.cause.message },
    nextAttempt: undefined,
  });
  expect(clock.timerCount).toBe(0);
});

it("counts failures in a row for that: a healthy connection between them resets the count", async () => {
  const { ended, fail, beReady, last } = loop({ maxRetries: 3 });
  for (let i = 0; i < 5; i += 1) {
    await beReady(10 * SECOND);
    await fail(lost);
    await fail(refused);
  }
  await last().end(refused);
  expect(await ended).toBe("gave up");
});

it("gives a master that named no builders longer each time, up to ten minutes", async () => {
  const { attempts, fail } = loop();
  for (let i = 0; i < 5; i += 1) await fail(unattached);
  await fail(refused);
  const limits = attempts.map(({ request }) => request.attachLimitMs / SECOND);
  expect(limits).toEqual([60, 120, 240, 480, 600, 600, 60]);
});

it("connects again only when what ran for the lost master is gone", async () => {
  let finish = () => {};
  const gone = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const { attempts, last, fail, settle } = loop({ onLost: () => gone });
  last().request.onLost();
  await fail(lost);
  expect(attempts).toHaveLength(1);
  finish();
  await settle();
  expect(attempts).toHaveLength(2);
});

it("when stopped while a command of a lost master is still running, it does not wait for that", async () => {
  const { clock, ended, last, stop, signal } = loop({ onLost: () => new Promise(() => {}) });
  last().request.onLost();
  await last().end(lost);
  stop();
  expect(await ended).toBe("stopped");
  expect([clock.timerCount, getEventListeners(signal, "abort").length]).toEqual([0, 0]);
});

it("leaves no listener and no timer behind, however often it connects", async () => {
  const { clock, fail, signal } = loop();
  for (let i = 0; i < 200; i += 1) await fail(refused);
  expect([getEventListeners(signal, "abort").length, clock.timerCount]).toEqual([1, 0]);
});

it.each<[string, (one: ReturnType<typeof loop>) => unknown]>([
  ["a connection", () => {}],
  ["a wait", (one) => one.last().end(refused)],
])("told to stop in the middle of %s, it ends at once and leaves no timer", async (_, reach) => {
  const one = loop();
  await reach(one);
  const words = one.log.length;
  one.stop();
  expect(await one.ended).toBe("stopped");
  expect(one.made.status().phase).toBe("ended");
  expect([one.clock.timerCount, one.log.length]).toEqual([0, words]);
});
