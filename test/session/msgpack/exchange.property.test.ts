import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorkerError } from "../../../src/base/errors.ts";
import { Exchange, type Operation } from "../../../src/session/msgpack/exchange.ts";
import { encodeMessage } from "../../../src/wire/msgpack/encoder.ts";
import type { MsgpackValue } from "../../../src/wire/msgpack/values.ts";
import { msgpackValue } from "../../wire/msgpack/arbitrary-value.ts";

const number = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(2n ** 60n));

/** What a peer may send, sensible or not. */
const message = fc.oneof(
  fc.record({ op: fc.constantFrom("now", "later", "never", "broken", "absent"), seq_number: number }),
  fc.record({ op: fc.constant("response"), seq_number: number, result: msgpackValue }),
  fc.record({ op: fc.constant("response"), seq_number: number, is_exception: msgpackValue, result: fc.string() }),
  fc.dictionary(fc.constantFrom("op", "seq_number", "result", "is_exception", "args"), msgpackValue),
);

const steps = fc.array(
  fc.oneof(
    message.map((fields) => ({
      kind: "receives" as const,
      bytes: encodeMessage(new Map<string, MsgpackValue>(Object.entries(fields as Record<string, MsgpackValue>))),
    })),
    fc.uint8Array({ maxLength: 30 }).map((bytes) => ({ kind: "receives" as const, bytes: Buffer.from(bytes) })),
    fc.constant({ kind: "asks" as const }),
    fc.constant({ kind: "closes" as const }),
  ),
  { maxLength: 30 },
);

const operations = new Map<string, Operation>([
  ["now", () => 1],
  ["later", () => Promise.resolve(2)],
  ["never", () => new Promise(() => {})],
  [
    "broken",
    () => {
      throw new WorkerError({ code: "ERR_X", family: "remote", remoteType: "" }, "broken");
    },
  ],
]);

describe("an exchange", () => {
  it("takes whatever comes with no other error than one of the protocol, and leaves nothing that waits", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const sent: Uint8Array[] = [];
        const bugs: unknown[] = [];
        const exchange = new Exchange({
          operations,
          send: (bytes) => void sent.push(bytes),
          onProblem: () => {},
          onBug: (error) => void bugs.push(error),
        });
        const asked: Promise<unknown>[] = [];
        for (const step of all) {
          if (step.kind === "asks") asked.push(exchange.request("update", new Map(), "bulk").catch(() => "refused"));
          else if (step.kind === "closes") exchange.close(new Error("gone"));
          else {
            try {
              exchange.receive(step.bytes);
            } catch (error) {
              expect(error).toMatchObject({ family: "protocol" });
              exchange.close(error as Error);
            }
          }
        }
        exchange.close(new Error("the end"));
        await Promise.all(asked);
        expect(exchange.counts.pending).toBe(0);
        const before = sent.length;
        await new Promise((resolve) => setImmediate(resolve));
        expect(sent.length).toBe(before);
        expect(bugs).toEqual([]);
      }),
    );
  });
});
