import { expect, test } from "vitest";
import { nearest, nearestOfPalette } from "../../../../src/master/web/log/colours.ts";

test("the first sixteen map to themselves, and the whole palette to one of them", () => {
  for (let number = 0; number < 256; number += 1) {
    const found = nearestOfPalette(number);
    expect(found).toBeGreaterThanOrEqual(0);
    expect(found).toBeLessThan(16);
    if (number < 16) expect(found).toBe(number);
  }
});

test.each([
  [196, 9, "red"],
  [46, 10, "green"],
  [21, 4, "blue"],
  [226, 11, "yellow"],
  [232, 0, "the darkest grey"],
  [244, 8, "the middle grey"],
  [255, 7, "the lightest grey"],
])("%d of the palette is %d, %s", (number, found) => {
  expect(nearestOfPalette(number)).toBe(found);
});

test("an invalid colour is undefined", () => {
  expect([nearestOfPalette(256), nearestOfPalette(-1), nearestOfPalette(Number.NaN)]).toEqual(Array(3).fill(undefined));
  expect([nearest([0, 0, 256]), nearest([Number.NaN, 0, 0])]).toEqual([undefined, undefined]);
});
