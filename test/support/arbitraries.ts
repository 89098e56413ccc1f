// Random values for property tests.
import fc from "fast-check";
import { Float, Tuple } from "../../src/base/python-values.ts";
import type { Element } from "../../src/wire/banana/element.ts";
import { JellySet, type JellyValue, Local, Remote } from "../../src/wire/jelly/values.ts";

const integers = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 448n) + 1n, max: 2n ** 448n - 1n }).map(narrow),
);
const floats = fc.double().map((value) => new Float(value));
const byteStrings = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ minLength: 4000, maxLength: 5000 }),
  fc.constantFrom("message", "None", "list", "unicode").map((word) => new Uint8Array(Buffer.from(word))),
);

export const elements: fc.Arbitrary<Element> = fc.letrec<{ element: Element }>((tie) => ({
  element: fc.oneof({ maxDepth: 5 }, integers, floats, byteStrings, fc.array(tie("element"), { maxLength: 6 })),
})).element;

const texts = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }));

export const jellyValues: fc.Arbitrary<JellyValue> = fc.letrec<{ value: JellyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    integers,
    floats,
    texts,
    byteStrings,
    fc.nat().map((luid) => new Remote(luid)),
    fc.nat().map((luid) => new Local(luid)),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(tie("value"), { maxLength: 5 }).map((items) => new Tuple(items)),
    fc.array(tie("value"), { maxLength: 3 }).map((items) => new JellySet(items, true)),
    fc
      .array(fc.tuple(texts, tie("value")), { maxLength: 5 })
      .map((entries) => new Map<JellyValue, JellyValue>(entries)),
  ),
})).value;

/** Cuts bytes into chunks of random sizes, mostly small. */
export function chunked(bytes: Uint8Array, sizes: Iterable<number>): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const iterator = sizes[Symbol.iterator]();
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + (Number(iterator.next().value ?? 0) % 17);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
