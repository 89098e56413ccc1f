import { describe, expect, test } from "vitest";
import { bytesOf, durationPattern, secondsOf, sizePattern } from "../../../src/master/config/units.ts";

describe("a duration", () => {
  test.each([
    [0, 0],
    [90, 90],
    ["90s", 90],
    ["500ms", 0.5],
    ["20m", 1200],
    ["20 min", 1200],
    ["1h 30m", 5400],
    ["1h30m10s", 5410],
    ["1.5h", 5400],
    ["2d", 172_800],
    ["1w", 604_800],
  ])("of %s is %d seconds", (text, seconds) => {
    if (typeof text === "string") expect(text).toMatch(durationPattern);
    expect(secondsOf(text)).toBe(seconds);
  });

  test.each(["", "5", "m", "5 parsecs", "-5m", "5m!", "5 M"])("is not '%s'", (text) => {
    expect(text).not.toMatch(durationPattern);
  });
});

describe("a size", () => {
  test.each([
    [7, 7],
    ["7b", 7],
    ["100MB", 100_000_000],
    ["100 mb", 100_000_000],
    ["1.5kB", 1500],
    ["1KiB", 1024],
    ["2GiB", 2_147_483_648],
  ])("of %s is %d bytes", (text, bytes) => {
    if (typeof text === "string") expect(text).toMatch(sizePattern);
    expect(bytesOf(text)).toBe(bytes);
  });

  test.each(["", "5", "MB", "5M", "5 TB", "-5MB"])("is not '%s'", (text) => {
    expect(text).not.toMatch(sizePattern);
  });
});
