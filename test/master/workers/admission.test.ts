import { describe, expect, it } from "vitest";
import { ADMISSION_LIMIT_MS, Admission, MAX_UNAUTHENTICATED } from "../../../src/master/workers/admission.ts";
import { ManualClock } from "../../support/manual-clock.ts";

describe("the limit of unauthenticated connections", () => {
  it("closes connections without a login in time, once", () => {
    const clock = new ManualClock();
    const sent: string[] = [];
    new Admission(clock).enter((why) => void sent.push(why));
    clock.advance(ADMISSION_LIMIT_MS - 1);
    expect(sent).toEqual([]);
    clock.advance(ADMISSION_LIMIT_MS);
    expect(sent).toEqual(["has not logged in within 30 seconds"]);
  });

  it("forgets connections that have logged in, and keeps no timer", () => {
    const clock = new ManualClock();
    const admission = new Admission(clock);
    const admitted = admission.enter(() => expect.unreachable());
    admitted();
    admitted();
    clock.advance(2 * ADMISSION_LIMIT_MS);
    expect([admission.size, clock.timerCount]).toEqual([0, 0]);
  });

  it("closes the oldest beyond the limit, never the newest", () => {
    const admission = new Admission(new ManualClock());
    const sent: number[] = [];
    for (let count = 0; count < MAX_UNAUTHENTICATED + 5; count += 1) admission.enter(() => void sent.push(count));
    expect(sent).toEqual([0, 1, 2, 3, 4]);
    expect(admission.size).toBe(MAX_UNAUTHENTICATED);
  });
});
