import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CommandUpdate } from "../../src/base/command-update.ts";
import { OutputBatches } from "../../src/output/batches.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { shownJoined, unanswered } from "./shown.ts";

const text = fc
  .array(fc.record({ character: fc.constantFrom("a", "é"), length: fc.oneof(fc.nat(80), fc.nat(100_000)) }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((lines) => Buffer.from(lines.map(({ character, length }) => `${character.repeat(length)}\n`).join("")));

const update: fc.Arbitrary<CommandUpdate> = fc.oneof(
  fc.record({ key: fc.constantFrom("header", "stdout", "stderr"), text }),
  fc.record({ key: fc.constant("log"), log: fc.constantFrom("one", "two"), text }),
  fc.record({ key: fc.constant("rc"), rc: fc.integer() }),
);

const step = fc.oneof(update, fc.record({ advanceMs: fc.nat(400) }), fc.constant({ flush: true }));

describe("OutputBatches given any updates at any times", () => {
  it("sends all of them in order, in whole lines, in batches within the limit, and leaves no timer", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const clock = new ManualClock();
        const sent: (readonly CommandUpdate[])[] = [];
        const batches = new OutputBatches({ clock, send: unanswered((updates) => sent.push(updates)) });
        const added: CommandUpdate[] = [];
        for (const action of steps) {
          if ("advanceMs" in action) clock.advance(action.advanceMs);
          else if ("flush" in action) batches.flush();
          else {
            added.push(action);
            batches.add(action);
          }
        }
        batches.flush();
        expect(clock.timerCount).toBe(0);
        expect(shownJoined(sent.flat())).toEqual(shownJoined(added));
        for (const updates of sent) expectWholeLines(updates);
      }),
    );
  });

  it("leaves a text as it is until the master has answered, whatever is sent meanwhile", async () => {
    const large = fc.record({ key: fc.constantFrom("stdout", "stderr"), text });
    const answer = fc.record({ answer: fc.nat(5) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(large, large, update, answer), { maxLength: 60 }), async (steps) => {
        const underway: {
          readonly updates: readonly CommandUpdate[];
          readonly asSent: string;
          resolve(isAnswered: boolean): void;
        }[] = [];
        const batches = new OutputBatches({
          clock: new ManualClock(),
          send: (updates) => new Promise((resolve) => underway.push({ updates, asSent: textsOf(updates), resolve })),
        });
        const answerOne = async (place: number) => {
          const [answered] = underway.splice(Math.min(place, underway.length - 1), 1);
          expect(answered && textsOf(answered.updates)).toBe(answered?.asSent);
          answered?.resolve(true);
          await Promise.resolve();
        };
        for (const action of steps) {
          if ("answer" in action) await answerOne(action.answer);
          else batches.add(action);
        }
        batches.flush();
        while (underway.length > 0) await answerOne(0);
      }),
    );
  });

  it("never delays anything for more than a second", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const clock = new ManualClock();
        let waitingSinceMs: number | undefined;
        const batches = new OutputBatches({
          clock,
          send: unanswered(() => {
            if (waitingSinceMs !== undefined) expect(clock.nowMs() - waitingSinceMs).toBeLessThanOrEqual(1000);
            waitingSinceMs = undefined;
          }),
        });
        for (const action of steps) {
          if ("advanceMs" in action) clock.advance(action.advanceMs);
          else if ("key" in action) {
            batches.add(action);
            if (clock.timerCount > 0) waitingSinceMs ??= clock.nowMs();
          }
        }
        clock.advance(1000);
        expect(waitingSinceMs).toBeUndefined();
      }),
    );
  });
});

function textsOf(updates: readonly CommandUpdate[]): string {
  return updates.map((one) => ("text" in one ? String(one.text) : one.key)).join("|");
}

function expectWholeLines(updates: readonly CommandUpdate[]): void {
  expect(updates.length).toBeGreaterThan(0);
  let bytes = 0;
  for (const sent of updates) {
    if (!("text" in sent)) continue;
    expect(sent.text.at(-1)).toBe(0x0a);
    bytes += sent.text.length;
  }
  expect(bytes).toBeLessThanOrEqual(262_144);
}
