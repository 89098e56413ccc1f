import fc from "fast-check";
import { expect, test } from "vitest";
import { numberOfResult, resultNames, resultOfNumber, worseOf } from "../../src/master/results.ts";

const result = fc.constantFrom(...resultNames);

test("the worse of two results is one of them, whichever comes first", () => {
  fc.assert(
    fc.property(result, result, (a, b) => {
      expect([a, b]).toContain(worseOf(a, b));
      expect(worseOf(a, b)).toBe(worseOf(b, a));
    }),
  );
});

test("the worst of three results does not depend on their order", () => {
  fc.assert(
    fc.property(result, result, result, (a, b, c) => {
      expect(worseOf(worseOf(a, b), c)).toBe(worseOf(a, worseOf(b, c)));
    }),
  );
});

test("nothing is better than a skipped step, and nothing worse than a cancelled one", () => {
  fc.assert(
    fc.property(result, (a) => {
      expect(worseOf(a, "SKIPPED")).toBe(a);
      expect(worseOf(a, "CANCELLED")).toBe("CANCELLED");
    }),
  );
});

test("a result survives conversion to Buildbot's number and back", () => {
  fc.assert(
    fc.property(result, (a) => {
      expect(resultOfNumber(numberOfResult(a))).toBe(a);
    }),
  );
});
