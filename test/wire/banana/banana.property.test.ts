import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorkerError } from "../../../src/base/errors.ts";
import { BananaDecoder } from "../../../src/wire/banana/decoder.ts";
import type { Element } from "../../../src/wire/banana/element.ts";
import { encodeElement } from "../../../src/wire/banana/encoder.ts";
import { chunked, elements } from "../../support/arbitraries.ts";
import { comparable } from "../../support/vectors.ts";

const dialects = fc.constantFrom("pb" as const, "none" as const);

function decode(chunks: readonly Uint8Array[], dialect: "pb" | "none"): Element[] {
  const decoder = new BananaDecoder();
  decoder.dialect = dialect;
  return chunks.flatMap((chunk) => [...decoder.push(chunk)]);
}

describe("banana", () => {
  it("gives back every element, in any chunking", () => {
    fc.assert(
      fc.property(
        fc.array(elements, { maxLength: 4 }),
        dialects,
        fc.infiniteStream(fc.nat()),
        (values, dialect, cuts) => {
          const bytes = Buffer.concat(values.flatMap((value) => encodeElement(value, dialect)));
          expect(decode(chunked(bytes, cuts), dialect).map(comparable)).toEqual(values.map(comparable));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("gives values or one WorkerError for any bytes, the same in any chunking", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), dialects, fc.infiniteStream(fc.nat()), (bytes, dialect, cuts) => {
        expect(outcome([bytes], dialect)).toEqual(outcome(chunked(bytes, cuts), dialect));
      }),
      { numRuns: 500 },
    );
  });
});

function outcome(chunks: readonly Uint8Array[], dialect: "pb" | "none") {
  const decoder = new BananaDecoder();
  decoder.dialect = dialect;
  const values: unknown[] = [];
  try {
    for (const chunk of chunks) for (const value of decoder.push(chunk)) values.push(comparable(value));
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    return { values, code: error.code };
  }
  return { values };
}
