import { expect, it } from "vitest";
import { Outages } from "../../src/worker/outages.ts";
import { ManualClock } from "../support/manual-clock.ts";

const SECOND = 1000;
const HOUR = 3_600_000;

function outages() {
  const clock = new ManualClock();
  const log: string[] = [];
  const outage = new Outages({ clock, log: (text) => void log.push(text) });
  const take = () => log.splice(0);
  return {
    clock,
    outage,
    take,
    connected: () => outage.connected(),
    fail: (cause: string) => outage.failed({ cause, wasReady: false }, "retry"),
    lose: (cause: string) => outage.failed({ cause, wasReady: true }, "retry"),
    giveUp: (cause: string) => outage.gaveUp({ cause, wasReady: false }, "the end"),
  };
}

it("a connection at the first attempt is nothing to tell", () => {
  const { connected, take } = outages();
  connected();
  expect(take()).toEqual([]);
});

it("a persistent cause is logged once, then counted, then logged once an hour with the count", () => {
  const { clock, fail, take } = outages();
  fail("TCP: refused");
  expect(take()).toEqual(["TCP: refused", "retry"]);
  clock.advance(SECOND);
  fail("TCP: refused");
  expect(take()).toEqual(["the same failure again: from now on failures are counted, and logged once an hour"]);
  for (let i = 0; i < 11; i += 1) {
    clock.advance(300 * SECOND);
    fail("TCP: refused");
  }
  expect(take()).toEqual([]);
  clock.advance(300 * SECOND);
  fail("TCP: refused");
  expect(take()).toEqual(["TCP: refused (14 attempts have failed in 1 h)", "retry"]);
  clock.advance(HOUR - 1);
  fail("TCP: refused");
  expect(take()).toEqual([]);
});

it("a new cause is logged, and the old one again only after an hour", () => {
  const { clock, fail, take } = outages();
  fail("A");
  fail("B");
  expect(take()).toEqual(["A", "retry", "B", "retry"]);
  fail("A");
  take();
  for (let i = 0; i < 100; i += 1) fail(i % 2 === 0 ? "A" : "B");
  expect(take()).toEqual([]);
  clock.advance(HOUR);
  fail("B");
  expect(take()).toEqual(["B (104 attempts have failed in 1 h)", "retry"]);
});

it("a master whose words change each time does not fill the log", () => {
  const { clock, fail, take } = outages();
  for (let i = 0; i < 10_000; i += 1) fail(`login: it says ${i}`);
  expect(take()).toHaveLength(20 * 2 + 1);
  clock.advance(HOUR);
  for (let i = 0; i < 10_000; i += 1) fail(`login: it says ${i}`);
  expect(take()).toHaveLength(20 * 2);
});

it("reconnecting is logged with the number of attempts and the time, and the next outage is a new one", () => {
  const { clock, fail, lose, connected, take } = outages();
  connected();
  lose("connection lost: frozen");
  clock.advance(SECOND);
  fail("TCP: refused");
  clock.advance(3 * HOUR);
  fail("TCP: refused");
  take();
  connected();
  expect(take()).toEqual(["connected again after 3 attempts in 3 h"]);
  connected();
  expect(take()).toEqual([]);
  lose("connection lost: frozen");
  fail("TCP: refused");
  expect(take()).toEqual(["connection lost: frozen", "retry", "TCP: refused", "retry"]);
});

it("the first connection after failures is not called another one", () => {
  const { clock, fail, connected, take } = outages();
  fail("TCP: refused");
  clock.advance(400);
  connected();
  expect(take().at(-1)).toBe("connected after 2 attempts in 0.4 s");
});

it("each lost connection is logged, even if its cause was logged a moment ago", () => {
  const { lose, connected, take } = outages();
  connected();
  lose("connection lost: closed");
  connected();
  lose("connection lost: closed");
  expect(take()).toEqual([
    "connection lost: closed",
    "retry",
    "connected again after 1 attempt in 0 s",
    "connection lost: closed",
    "retry",
  ]);
});

it("giving up is logged with its cause, even if that was logged a moment ago", () => {
  const { clock, fail, giveUp, take } = outages();
  fail("TCP: refused");
  take();
  clock.advance(2 * SECOND);
  giveUp("TCP: refused");
  expect(take()).toEqual(["TCP: refused (2 attempts have failed in 2 s)", "the end"]);
});

it("the advice about a cause is logged with it, once in an outage", () => {
  const { clock, outage, connected, take } = outages();
  const failure = { cause: "TCP: refused", advice: "what to do: start it", wasReady: false };
  outage.failed(failure, "retry");
  clock.advance(SECOND);
  outage.failed(failure, "retry");
  outage.gaveUp(failure, "the end");
  expect(take().filter((line) => line.startsWith("what to do"))).toEqual(["what to do: start it"]);
  connected();
  take();
  outage.gaveUp(failure, "the end");
  expect(take()).toEqual(["TCP: refused", "the end", "what to do: start it"]);
});
