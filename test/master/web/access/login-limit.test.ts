import { expect, test } from "vitest";
import { LoginLimit, WINDOW_MS, WRONG_PASSWORDS_AT_MOST } from "../../../../src/master/web/access/login-limit.ts";
import { ManualClock } from "../../../support/manual-clock.ts";

function failTimes(limit: LoginLimit, address: string, count: number): void {
  for (let n = 0; n < count; n += 1) limit.failed(address);
}

test("who was wrong too often waits until the window is over, and nobody else does", () => {
  const clock = new ManualClock();
  const limit = new LoginLimit(clock);
  failTimes(limit, "10.0.0.1", WRONG_PASSWORDS_AT_MOST - 1);
  expect(limit.waitMs("10.0.0.1")).toBe(0);
  clock.advance(10_000);
  limit.failed("10.0.0.1");
  expect(limit.waitMs("10.0.0.1")).toBe(WINDOW_MS - 10_000);
  expect(limit.waitMs("10.0.0.2")).toBe(0);
  clock.advance(WINDOW_MS - 10_000);
  expect(limit.waitMs("10.0.0.1")).toBe(0);
});

test.each([
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
  ["::1", "::2", true],
  ["::ffff:10.0.0.1", "::ffff:10.0.0.2", false],
])("%s and %s are one guesser: %s", (one, other, same) => {
  const limit = new LoginLimit(new ManualClock());
  failTimes(limit, one, WRONG_PASSWORDS_AT_MOST);
  expect(limit.waitMs(other) > 0).toBe(same);
});

test("when more addresses fail than are remembered, new ones wait and nothing grows", () => {
  const clock = new ManualClock();
  const limit = new LoginLimit(clock);
  for (let n = 0; n < 1000; n += 1) limit.failed(`10.0.${n >> 8}.${n & 255}`);
  expect(limit.waitMs("192.0.2.1")).toBe(WINDOW_MS);
  clock.advance(WINDOW_MS);
  expect(limit.waitMs("192.0.2.1")).toBe(0);
});
