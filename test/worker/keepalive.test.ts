import { expect, it } from "vitest";
import { Keepalive } from "../../src/worker/keepalive.ts";
import { ManualClock } from "../support/manual-clock.ts";

const SECOND = 1000;
const INTERVAL = 600 * SECOND;
const DEADLINE = 120 * SECOND;

function started(intervalMs = INTERVAL, stalledMs?: () => number) {
  const clock = new ManualClock();
  const log: string[] = [];
  const answers: { resolve(): void; reject(error: Error): void }[] = [];
  let sent = 0;
  let timeouts = 0;
  const keepalive = new Keepalive({
    clock,
    log: (text) => void log.push(text),
    intervalMs,
    deadlineMs: DEADLINE,
    ...(stalledMs === undefined ? {} : { stalledMs }),
    onTimeout() {
      timeouts += 1;
      keepalive.stop();
    },
  });
  keepalive.start(() => {
    sent += 1;
    return new Promise<void>((resolve, reject) => answers.push({ resolve, reject }));
  });
  return {
    clock,
    keepalive,
    log,
    sent: () => sent,
    timeouts: () => timeouts,
    answer: async (error?: Error) => {
      const answer = answers.shift();
      if (error === undefined) answer?.resolve();
      else answer?.reject(error);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

it("is sent an interval after the last one was answered", async () => {
  const { clock, log, sent, answer } = started();
  expect(log).toEqual(["sending application-level keepalives every 600 seconds"]);
  clock.advance(INTERVAL - 1);
  expect(sent()).toBe(0);
  clock.advance(1);
  expect(sent()).toBe(1);
  clock.advance(SECOND);
  await answer();
  expect(log.at(-1)).toBe("Master replied to keepalive, everything's fine");
  clock.advance(INTERVAL - 1);
  expect(sent()).toBe(1);
  clock.advance(1);
  expect(sent()).toBe(2);
});

it("has a deadline that stands still while the line to a relay is down, or what was sent moves on it", () => {
  let movedMs: number | undefined;
  const { clock, sent, timeouts } = started(INTERVAL, () => (movedMs === undefined ? 0 : clock.nowMs() - movedMs));
  clock.advance(INTERVAL);
  expect(sent()).toBe(1);
  clock.advance(10 * DEADLINE);
  expect(timeouts()).toBe(0);
  movedMs = clock.nowMs();
  clock.advance(DEADLINE - SECOND);
  movedMs = clock.nowMs();
  clock.advance(DEADLINE - SECOND);
  expect(timeouts()).toBe(0);
  clock.advance(SECOND);
  expect(timeouts()).toBe(1);
});

it.each([0, -5])("is never sent with the interval %i, nor is any timer set", (interval) => {
  const { clock, log } = started(interval);
  expect([clock.timerCount, log]).toEqual([0, []]);
});

it("takes a master that says nothing for gone when the deadline is over, and not before", () => {
  const { clock, timeouts } = started();
  clock.advance(INTERVAL + DEADLINE - 1);
  expect(timeouts()).toBe(0);
  clock.advance(1);
  expect(timeouts()).toBe(1);
  expect(clock.timerCount).toBe(0);
});

it("keeps waiting while anything is received, and counts the deadline from the last byte", () => {
  const { clock, keepalive, sent, timeouts } = started();
  clock.advance(INTERVAL);
  for (let i = 0; i < 100; i += 1) {
    clock.advance(DEADLINE - 1);
    keepalive.touch();
  }
  clock.advance(DEADLINE - 1);
  expect([sent(), timeouts()]).toEqual([1, 0]);
  clock.advance(1);
  expect(timeouts()).toBe(1);
});

it("takes a refusal for a sign of life", async () => {
  const { clock, log, sent, timeouts, answer } = started();
  clock.advance(INTERVAL);
  await answer(new Error("busy"));
  expect(log.at(-1)).toBe("Master refused the keepalive: Error: busy");
  clock.advance(INTERVAL);
  expect([sent(), timeouts()]).toEqual([2, 0]);
});

it("stopped, it sets no timer and says nothing any more", async () => {
  const { clock, keepalive, log, answer } = started();
  clock.advance(INTERVAL);
  keepalive.stop();
  const words = log.length;
  await answer();
  expect([clock.timerCount, log.length]).toEqual([0, words]);
});

it("is sent at once when the host has slept, which the wall clock alone may show", () => {
  const { clock, log, sent } = started();
  clock.advance(20 * SECOND);
  clock.jumpWall(3 * 3600 * SECOND);
  clock.advance(10 * SECOND);
  expect(log).toContain("time has jumped by 3 h, as when a host sleeps: checking the connection to the master");
  expect(sent()).toBe(1);
});

it("is sent at once when this process was stopped, and what was said meanwhile is waited for", () => {
  const { clock, sent, timeouts } = started();
  clock.advance(INTERVAL);
  expect(sent()).toBe(1);
  clock.stall(1000 * SECOND);
  expect([sent(), timeouts()]).toEqual([1, 0]);
  clock.advance(DEADLINE - 1);
  expect(timeouts()).toBe(0);
  clock.advance(1);
  expect(timeouts()).toBe(1);
});

it("a sleep in which a keepalive was unanswered does not put its deadline off", () => {
  const { clock, sent, timeouts } = started();
  clock.advance(INTERVAL);
  for (let i = 0; i < 12; i += 1) {
    clock.jumpWall(3600 * SECOND);
    clock.advance(10 * SECOND);
  }
  clock.advance(1);
  expect([sent(), timeouts()]).toEqual([1, 1]);
});

it.each([
  ["set back", -86_400 * SECOND],
  ["set forward a little", 14 * SECOND],
])("a clock that is %s changes nothing", (_, ms) => {
  const { clock, log, sent, timeouts } = started();
  clock.jumpWall(ms);
  clock.advance(INTERVAL - 1);
  expect(sent()).toBe(0);
  clock.advance(1);
  clock.jumpWall(ms);
  clock.advance(DEADLINE - 1);
  expect([sent(), timeouts(), log.length]).toEqual([1, 0, 2]);
});
