import { describe, expect, test } from "vitest";
import { editDistance, nearestOf } from "../../src/base/near-name.ts";

describe("the distance of two names", () => {
  test.each([
    ["git", "git", 0],
    ["", "git", 3],
    ["git", "", 3],
    ["gti", "git", 1],
    ["pyton", "python", 1],
    ["cmakee", "cmake", 1],
    ["cnake", "cmake", 1],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3],
  ])("from %s to %s is %i", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe("the nearest of a few names", () => {
  const keys = ["haltOnFailure", "flunkOnFailure", "env", "to", "maxTime"];

  test.each([
    ["haltonfailure", "haltOnFailure"],
    ["haltOnFialure", "haltOnFailure"],
    ["evn", "env"],
    ["maxtim", "maxTime"],
    ["env", undefined],
    ["colour", undefined],
  ])("to %s is %s", (name, near) => {
    expect(nearestOf(name, keys)).toBe(near);
    expect(nearestOf(name, keys.toReversed())).toBe(near);
  });
});
