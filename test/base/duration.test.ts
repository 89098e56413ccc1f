import { expect, it } from "vitest";
import { durationText } from "../../src/base/duration.ts";

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];

it.each<[number, string]>([
  [0, "0 s"],
  [437, "0.4 s"],
  [9999, "9.9 s"],
  [37 * SECOND + 999, "37 s"],
  [5 * MINUTE, "5 min"],
  [5 * MINUTE + 7 * SECOND, "5 min 7 s"],
  [2 * HOUR + 5 * MINUTE + 59 * SECOND, "2 h 5 min"],
  [3 * DAY + 4 * HOUR, "3 d 4 h"],
  [400 * DAY, "400 d"],
])("%i ms are told as %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
