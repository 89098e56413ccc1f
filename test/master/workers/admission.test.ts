import { describe, expect, it } from "vitest";
import { ADMISSION_LIMIT_MS, Admission, MOST_STRANGERS } from "../../../src/master/workers/admission.ts";
import { ManualClock } from "../../support/manual-clock.ts";

describe("the admission of strangers", () => {
  it("sends away who does not log in in time, once", () => {
    const clock = new ManualClock();
    const sent: string[] = [];
    new Admission(clock).enter((why) => void sent.push(why));
    clock.advance(ADMISSION_LIMIT_MS - 1);
    expect(sent).toEqual([]);
    clock.advance(ADMISSION_LIMIT_MS);
    expect(sent).toEqual(["has not logged in within 30 seconds"]);
  });

  it("forgets who has logged in, and holds no timer for him", () => {
    const clock = new ManualClock();
    const admission = new Admission(clock);
    const admitted = admission.enter(() => expect.unreachable());
    admitted();
    admitted();
    clock.advance(2 * ADMISSION_LIMIT_MS);
    expect([admission.size, clock.timerCount]).toEqual([0, 0]);
  });

  it("sends the oldest away when there are too many, and never the last one", () => {
    const admission = new Admission(new ManualClock());
    const sent: number[] = [];
    for (let count = 0; count < MOST_STRANGERS + 5; count += 1) admission.enter(() => void sent.push(count));
    expect(sent).toEqual([0, 1, 2, 3, 4]);
    expect(admission.size).toBe(MOST_STRANGERS);
  });
});
