import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TransferWindow } from "../../src/commands/transfer-window.ts";
import { ManualClock } from "../support/manual-clock.ts";

const LIMIT_BYTES = 4 * 1024 * 1024;

describe("the window of a transfer", () => {
  it("stays between two blocks and the limit, whatever the round trips", () => {
    const roundTrips = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 655_360 }), ms: fc.nat(10_000) }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 655_360 }), roundTrips, (blockBytes, all) => {
        const clock = new ManualClock();
        const window = new TransferWindow({ blockBytes, limitBytes: LIMIT_BYTES, clock });
        for (const { bytes, ms } of all) {
          const answered = window.sent(bytes);
          clock.advance(ms);
          answered();
          expect(window.sizeBytes).toBeGreaterThanOrEqual(2 * blockBytes);
          expect(window.sizeBytes).toBeLessThanOrEqual(LIMIT_BYTES);
          expect(window.blockBytes).toBeGreaterThanOrEqual(blockBytes);
          expect(window.blockBytes).toBeLessThanOrEqual(Math.max(blockBytes, 512 * 1024));
          expect(Number.isInteger(window.blockBytes)).toBe(true);
        }
      }),
    );
  });
});
