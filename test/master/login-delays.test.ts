import { expect, test } from "vitest";
import {
  FORGET_AFTER_MS,
  LONGEST_LOGIN_DELAY_MS,
  LoginDelays,
  MAX_PAIRS,
  MAX_WAITING,
} from "../../src/master/login-delays.ts";
import { ManualClock } from "../support/manual-clock.ts";

const address = "10.0.0.1";

function make() {
  const clock = new ManualClock();
  const delays = new LoginDelays(clock);
  const attempt = (name: string, isRight: boolean, from = address) =>
    delays.answerAfterMs({ name, address: from, isRight });
  /** One after the other, each when the one before is answered. */
  const wrongTimes = (name: string, count: number) =>
    Array.from({ length: count }, () => {
      const delayMs = attempt(name, false);
      clock.advance(delayMs ?? 0);
      return delayMs;
    });
  return { clock, attempt, wrongTimes };
}

test("a right password is answered immediately if none was wrong before", () => {
  const { attempt } = make();
  expect([attempt("w1", true), attempt("w1", true)]).toEqual([0, 0]);
});

test("wrong passwords are answered after 1, 2, and from then on 4 seconds", () => {
  expect(make().wrongTimes("w1", 5)).toEqual([1000, 2000, 4000, 4000, 4000]);
});

test.each([
  [1, 2000],
  [2, 4000],
  [50, LONGEST_LOGIN_DELAY_MS],
])("after %i wrong passwords the right one takes as long as a wrong one", (count, delayMs) => {
  for (const isRight of [true, false]) {
    const { attempt, wrongTimes } = make();
    wrongTimes("w1", count);
    expect(attempt("w1", isRight)).toBe(delayMs);
  }
});

test("another name from that address, and that name from another address, are not slowed", () => {
  const { attempt, wrongTimes } = make();
  wrongTimes("w1", 50);
  expect([attempt("w2", true), attempt("w1", true, "10.0.0.2")]).toEqual([0, 0]);
});

test("at most four wait at a time, and one too many is dropped even if it is right", () => {
  const { clock, attempt } = make();
  expect(Array.from({ length: MAX_WAITING }, () => attempt("w1", false))).toEqual([1000, 2000, 4000, 4000]);
  expect([attempt("w1", false), attempt("w1", true)]).toEqual([undefined, undefined]);
  clock.advance(1000);
  expect([attempt("w1", true), attempt("w1", true)]).toEqual([4000, undefined]);
});

test("a dropped login is not counted", () => {
  const { clock, attempt } = make();
  attempt("w1", false);
  for (let n = 0; n < MAX_WAITING - 1; n += 1) attempt("w1", true);
  for (let n = 0; n < 50; n += 1) attempt("w1", false);
  clock.advance(2000);
  expect(attempt("w1", true)).toBe(2000);
});

test("a minute without a wrong password clears the count, and right ones do not", () => {
  const { clock, attempt, wrongTimes } = make();
  wrongTimes("w1", 3);
  clock.advance(FORGET_AFTER_MS - 1);
  expect(attempt("w1", true)).toBe(LONGEST_LOGIN_DELAY_MS);
  clock.advance(1);
  expect(attempt("w1", true)).toBe(0);
});

test.each([
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
  ["::1", "::2", true],
  ["::ffff:10.0.0.1", "::ffff:10.0.0.2", false],
])("%s and %s are one guesser: %s", (one, other, same) => {
  const { attempt } = make();
  attempt("w1", false, one);
  expect(attempt("w1", true, other)).toBe(same ? 2000 : 0);
});

test("beyond the limit of names and addresses, the one with the oldest failure is dropped", () => {
  const { attempt } = make();
  for (let n = 0; n < MAX_PAIRS; n += 1) attempt(`w${n}`, false);
  attempt("w0", false);
  attempt("another", false);
  expect([attempt("w0", true), attempt("w1", true), attempt("w2", true)]).toEqual([4000, 0, 2000]);
});
