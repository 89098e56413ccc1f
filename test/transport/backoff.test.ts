import { describe, expect, it } from "vitest";
import { backoffDelayMs as delayOf } from "../../src/transport/backoff.ts";

/** After failures that have lasted for an hour. */
function backoffDelayMs(failures: number, maxDelayMs: number, random: () => number): number {
  return delayOf({ failures, lastsMs: 3_600_000 }, maxDelayMs, random);
}

describe("backoffDelayMs", () => {
  it("doubles its bound with each failure, up to the longest delay", () => {
    const bounds = [1, 2, 3, 4, 9, 10, 1000].map((failures) => backoffDelayMs(failures, 300_000, () => 1));
    expect(bounds).toEqual([1000, 2000, 4000, 8000, 256_000, 300_000, 300_000]);
  });

  it("lies anywhere below the bound", () => {
    expect(backoffDelayMs(5, 300_000, () => 0)).toBe(50);
    expect(backoffDelayMs(5, 300_000, () => 0.25)).toBe(4000);
  });

  it("waits no longer than the failures have lasted, but for the first second", () => {
    const waits = [0, 900, 5000, 12_000].map((lastsMs) => delayOf({ failures: 9, lastsMs }, 300_000, () => 1));
    expect(waits).toEqual([1000, 1000, 5000, 12_000]);
  });

  it("never retries more often than twenty times a second, whatever the longest delay", () => {
    expect([0, 10].map((maxDelayMs) => backoffDelayMs(1, maxDelayMs, () => 1))).toEqual([50, 50]);
  });

  it("obeys a longest delay of less than a second", () => {
    expect(backoffDelayMs(1, 200, () => 1)).toBe(200);
  });
});
