import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorkerError } from "../../../src/base/errors.ts";
import { DATA_LIMIT_BYTES, encodeFrame, type Frame, FrameReader } from "../../../src/transport/relay/frames.ts";
import { chunked } from "../../support/arbitraries.ts";

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((value) => Buffer.from(value));
const offset = fc.maxSafeNat().map((value) => value % 2 ** 48);
const u32 = fc.nat(2 ** 32 - 1);
const reason = fc.string({ maxLength: 80, unit: "binary-ascii" });
const type = <const T extends string>(value: T) => fc.constant(value);

const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ type: type("challenge"), magic: bytes(4), nonce: bytes(32) }),
  fc.record({
    type: type("new"),
    id: bytes(16),
    secret: bytes(32),
    instance: bytes(32),
    proof: bytes(32),
    label: fc.string({ maxLength: 60, unit: "binary-ascii" }),
  }),
  fc.record({ type: type("resume"), id: bytes(16), have: offset, proof: bytes(32) }),
  fc.record({ type: type("welcome"), have: offset, graceMs: u32, youngMs: u32, readyMs: u32 }),
  fc.record({ type: type("refuse"), reason }),
  fc.record({
    type: type("data"),
    offset,
    bytes: fc.uint8Array({ maxLength: DATA_LIMIT_BYTES }).map((value) => Buffer.from(value)),
  }),
  fc.record({ type: type("ack"), offset }),
  fc.record({ type: type("ping") }),
  fc.record({ type: type("fin"), offset, reason }),
  fc.record({ type: type("bye"), reason }),
  fc.record({ type: type("ready") }),
);

function read(chunks: readonly Uint8Array[]) {
  const reader = new FrameReader();
  const found: Frame[] = [];
  try {
    for (const chunk of chunks) reader.push(Buffer.from(chunk), (frame) => void found.push(frame));
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    return { found, code: error.code };
  }
  return { found };
}

describe("the frames of a relay", () => {
  it("are read as they were written, in any chunking", () => {
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 5 }), fc.infiniteStream(fc.nat()), (sent, cuts) => {
        const line = Buffer.concat(sent.flatMap(encodeFrame));
        expect(read(chunked(line, cuts)).found).toEqual(sent);
      }),
      { numRuns: 300 },
    );
  });

  it("are values or one error for any bytes, the same in any chunking", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.infiniteStream(fc.nat()), (garbage, cuts) => {
        expect(read(chunked(garbage, cuts))).toEqual(read([garbage]));
      }),
      { numRuns: 500 },
    );
  });

  it("cut a long reason between two characters", () => {
    const [line] = encodeFrame({ type: "bye", reason: "ü".repeat(1000) });
    const { found } = read([line!]);
    expect(found).toEqual([{ type: "bye", reason: expect.stringMatching(/^ü{100,}\ufffd?$/) }]);
  });
});
