import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogLine } from "../../../src/master/master-view.ts";
import { sized } from "../../support/sized.ts";
import { TestStore } from "./test-store.ts";

const stream = fc.constantFrom("h", "o", "e");

/** Most lines are short; some are longer than a chunk. */
const line = fc.oneof(
  { weight: 20, arbitrary: fc.string({ unit: "binary", maxLength: 30 }).map((text) => text.replaceAll("\n", "")) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 70_000 }).map((length) => "x".repeat(length)) },
);

type Act =
  | { readonly type: "append"; readonly stream: LogLine["stream"]; readonly lines: readonly string[] }
  | { readonly type: "wait" }
  | { readonly type: "read"; readonly from: number; readonly limit: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("append"), stream, lines: fc.array(line, { maxLength: 30 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ type: "wait" } as const) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("read"), from: fc.nat(200), limit: fc.nat(50) }),
  },
);

test("any range of lines is read as it was written, for any lines in any pieces, now and later", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), fc.nat(300), (acts, from) => {
      const made = new TestStore();
      try {
        const log = made.beginLog(made.beginBuild());
        const model: LogLine[] = [];
        for (const one of acts) {
          if (one.type === "append") {
            const text = one.lines.map((text) => `${text}\n`).join("");
            made.store.logs.append(log, one.stream, Buffer.from(text));
            model.push(...one.lines.map((text) => ({ stream: one.stream, text: Buffer.from(text).toString() })));
          } else if (one.type === "wait") {
            made.clock.advance(1000);
          } else {
            expect(made.store.logs.lines(log, one.from, one.limit)).toEqual(
              model.slice(one.from, one.from + one.limit),
            );
          }
        }
        const text = model.map((one) => `${one.text}\n`).join("");
        expect(made.store.logs.lines(log, 0, 10_000)).toEqual(model);
        made.store.logs.finish(log);
        made.reopen();
        expect(made.store.logs.lines(log, from, 100)).toEqual(model.slice(from, from + 100));
        expect(Buffer.concat([...made.store.logs.text(log)]).toString()).toBe(text);
      } finally {
        made.remove();
      }
    }),
    { numRuns: sized(20, 60) },
  );
}, 60_000);
