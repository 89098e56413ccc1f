import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editDistance } from "../../src/base/near-name.ts";

describe("the distance of two names", () => {
  test("is the same with a limit, if it is within that", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
    fc.assert(
      fc.property(name, name, fc.integer({ min: 0, max: 4 }), (a, b, limit) => {
        const distance = editDistance(a, b);
        expect(editDistance(a, b, limit)).toBe(distance <= limit ? distance : Number.POSITIVE_INFINITY);
      }),
    );
  });
});
