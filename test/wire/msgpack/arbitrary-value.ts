// Arbitrary values of MessagePack as our decoder gives them.
import fc from "fast-check";
import { Float } from "../../../src/base/python-values.ts";
import type { MsgpackValue } from "../../../src/wire/msgpack/values.ts";

const integer = fc
  .oneof(
    fc.integer(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
  )
  .map((value) => (value === 0 ? 0 : value));
const text = fc.string({ unit: "binary", maxLength: 40 });
/** `__proto__` is a key like any other for us, and refused by others. */
const key = text.filter((name) => name !== "__proto__");

export const msgpackValue: fc.Arbitrary<MsgpackValue> = fc.letrec<{ value: MsgpackValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    integer,
    fc.double({ noNaN: true }).map((value) => new Float(value)),
    text,
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 20 }).map((entries) => new Map(entries)),
  ),
})).value;
