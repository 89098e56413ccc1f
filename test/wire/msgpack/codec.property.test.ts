// The codec against itself, against an implementation of others where that agrees, and against garbage.
import { decode as decodeElsewhere, encode as encodeElsewhere } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorkerError } from "../../../src/base/errors.ts";
import { Float } from "../../../src/base/python-values.ts";
import { decodeMessage } from "../../../src/wire/msgpack/decoder.ts";
import { encodeMessage } from "../../../src/wire/msgpack/encoder.ts";
import type { MsgpackValue } from "../../../src/wire/msgpack/values.ts";
import { msgpackValue } from "./arbitrary-value.ts";

describe("the codec of MessagePack", () => {
  it("gives back what it was given", () => {
    fc.assert(
      fc.property(msgpackValue, (value) => {
        expect(decodeMessage(encodeMessage(value))).toEqual(value);
      }),
    );
  });

  it("reads and writes what another implementation writes and reads", () => {
    fc.assert(
      fc.property(msgpackValue.map(withoutWholeFloats), (value) => {
        const plain = plainOf(value);
        expect(decodeElsewhere(new Uint8Array(encodeMessage(value)), { useBigInt64: true })).toEqual(
          decodeElsewhere(encodeElsewhere(plain, { useBigInt64: true }), { useBigInt64: true }),
        );
        expect(plainOf(decodeMessage(encodeElsewhere(plain, { useBigInt64: true })))).toEqual(plain);
      }),
    );
  });

  it("makes a value or one error of any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        tryToDecode(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it("makes a value or one error of a message with bytes changed", () => {
    fc.assert(
      fc.property(msgpackValue, fc.nat(), fc.nat(255), (value, place, byte) => {
        const bytes = Buffer.from(encodeMessage(value));
        bytes[place % bytes.length] = byte;
        tryToDecode(bytes);
      }),
      { numRuns: 1000 },
    );
  });
});

function tryToDecode(bytes: Uint8Array): void {
  try {
    decodeMessage(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(WorkerError);
  }
}

/** The other has no whole floats: it makes integers of them. */
function withoutWholeFloats(value: MsgpackValue): MsgpackValue {
  if (value instanceof Float) return new Float(Number.isInteger(value.value) ? 0.5 : value.value);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, withoutWholeFloats(item)]));
  return Array.isArray(value) ? value.map((item: MsgpackValue) => withoutWholeFloats(item)) : value;
}

/** In the other's terms: integers of more than 32 bits are bigints. */
function plainOf(value: MsgpackValue): unknown {
  if (value instanceof Float) return value.value;
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plainOf(item)]));
  if (Array.isArray(value)) return value.map((item: MsgpackValue) => plainOf(item));
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return typeof value === "number" && (value > 0xffff_ffff || value < -0x8000_0000) ? BigInt(value) : value;
}
