import { expect, test } from "vitest";
import { isVisitorId, newVisitorId, SESSION_LASTS_MS, Sessions } from "../../../src/master/web/sessions.ts";
import { ManualClock } from "../../support/manual-clock.ts";

test("a session lasts its time, or until it is ended", () => {
  const clock = new ManualClock();
  const sessions = new Sessions(clock);
  const [one, other] = [sessions.begin(), sessions.begin()];
  expect(isVisitorId(one)).toBe(true);
  sessions.end(one);
  expect([sessions.has(one), sessions.has(other), sessions.has("")]).toEqual([false, true, false]);
  clock.advance(SESSION_LASTS_MS - 1);
  expect(sessions.has(other)).toBe(true);
  clock.advance(1);
  expect(sessions.has(other)).toBe(false);
});

test("beyond the limit, the oldest sessions end", () => {
  const sessions = new Sessions(new ManualClock());
  const ids = Array.from({ length: 150 }, () => sessions.begin());
  expect(ids.filter((id) => sessions.has(id))).toEqual(ids.slice(50));
});

test("a form token is valid for one visitor and one run of the master", () => {
  const sessions = new Sessions(new ManualClock());
  const [one, other] = [newVisitorId(), newVisitorId()];
  const token = sessions.formToken(one);
  expect(sessions.isFormToken(one, token)).toBe(true);
  expect(sessions.isFormToken(other, token)).toBe(false);
  expect(sessions.isFormToken(one, "")).toBe(false);
  expect(new Sessions(new ManualClock()).isFormToken(one, token)).toBe(false);
});

test("another password, as after a reload, ends all sessions", () => {
  let password = "old";
  const sessions = new Sessions(new ManualClock(), () => password);
  const id = sessions.begin();
  expect(sessions.has(id)).toBe(true);
  password = "new";
  expect(sessions.has(id)).toBe(false);
  expect(sessions.has(sessions.begin())).toBe(true);
});
