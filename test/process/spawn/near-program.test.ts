import { describe, expect, test } from "vitest";
import { NAMES_AT_ONCE, nearestName } from "../../../src/process/spawn/near-program.ts";

describe("the nearest name", () => {
  const programs = ["git", "gid", "python3", "cmake", "ctest", "Xvfb", "mono.exe", "build.py", "ls", "awk"];

  test.each([
    ["gti", "git"],
    ["python", "python3"],
    ["cmkae", "cmake"],
    ["xvfb", "Xvfb"],
    ["mono", "mono.exe"],
    ["build.sh", "build.py"],
    ["build", "build.py"],
  ])("to %s is %s", async (name, near) => {
    expect(await nearestName(name, programs)).toBe(near);
    expect(await nearestName(name, programs.toReversed())).toBe(near);
  });

  test.each(["git", "awk"])("is never the name %s itself", async (name) => {
    expect(await nearestName(name, [name])).toBeUndefined();
  });

  test.each([
    ["a short name with two mistakes", "gxx"],
    ["a name of one letter", "l"],
    ["a name with three mistakes", "cmxyze"],
    ["a name that is quite another", "no-such-program"],
  ])("is none for %s", async (_, name) => {
    expect(await nearestName(name, programs)).toBeUndefined();
  });

  test("is looked for among many without blocking other work", async () => {
    let turns = 0;
    const count = () => {
      turns += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    const long = "abcdefgh".repeat(6);
    const names = Array.from({ length: NAMES_AT_ONCE * 10 }, (_, place) => `${long}${place}`);
    await nearestName(`${long}xx`, names);
    clearImmediate(next);
    expect(turns).toBeGreaterThan(7);
  });
});
