import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorkerError } from "../../../src/base/errors.ts";
import { BananaDecoder } from "../../../src/wire/banana/decoder.ts";
import { encodeElement } from "../../../src/wire/banana/encoder.ts";
import { jelly } from "../../../src/wire/jelly/jelly.ts";
import { unjelly } from "../../../src/wire/jelly/unjelly.ts";
import { elements, jellyValues } from "../../support/arbitraries.ts";
import { viewOf } from "../../support/vectors.ts";

describe("jelly", () => {
  it("gives back every value", () => {
    fc.assert(
      fc.property(jellyValues, (value) => {
        const decoder = new BananaDecoder();
        decoder.dialect = "pb";
        const [element] = encodeElement(jelly(value), "pb").flatMap((chunk) => [...decoder.push(chunk)]);
        expect(viewOf(unjelly(element!))).toEqual(viewOf(value));
      }),
      { numRuns: 200 },
    );
  });

  it("gives a value or one WorkerError for any element", () => {
    fc.assert(
      fc.property(elements, (element) => {
        try {
          unjelly(element);
        } catch (error) {
          expect(error).toBeInstanceOf(WorkerError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
