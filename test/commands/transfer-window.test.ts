import { describe, expect, it } from "vitest";
import { TransferWindow } from "../../src/commands/transfer-window.ts";
import { ManualClock } from "../support/manual-clock.ts";

const KIB = 1024;
const LIMIT_BYTES = 4096 * KIB;

interface Line {
  readonly roundTripMs: number;
  readonly bytesPerMs: number;
}

/** Sends blocks over a line that carries one after the other, and says how many bytes a second came through. */
function transfer(window: TransferWindow, clock: ManualClock, line: Line, totalBytes: number): number {
  const underway: { bytes: number; atMs: number; answered: () => void }[] = [];
  const startMs = clock.nowMs();
  let freeMs = startMs;
  let [left, inFlight] = [totalBytes, 0];
  while (left > 0 || underway.length > 0) {
    while (left > 0 && (inFlight === 0 || inFlight + window.blockBytes <= window.sizeBytes)) {
      const bytes = window.blockBytes;
      freeMs = Math.max(freeMs, clock.nowMs()) + bytes / line.bytesPerMs;
      underway.push({ bytes, atMs: freeMs + line.roundTripMs, answered: window.sent(bytes) });
      inFlight += bytes;
      left -= bytes;
    }
    const next = underway.shift()!;
    clock.advance(Math.max(0, next.atMs - clock.nowMs()));
    inFlight -= next.bytes;
    next.answered();
  }
  return totalBytes / ((clock.nowMs() - startMs) / 1000);
}

function windowOn(clock: ManualClock, blockBytes = 16 * KIB): TransferWindow {
  return new TransferWindow({ blockBytes, limitBytes: LIMIT_BYTES, clock });
}

describe("the window of a transfer", () => {
  it("begins with two blocks of the size that the master asks for", () => {
    const window = windowOn(new ManualClock(), 1000);
    expect([window.sizeBytes, window.blockBytes]).toEqual([2000, 1000]);
  });

  it("grows by no more than what was answered", () => {
    const window = windowOn(new ManualClock(), 1000);
    window.sent(1000)();
    expect(window.sizeBytes).toBe(3000);
  });

  it("takes larger blocks once there is room for many, of at most 512 KiB", () => {
    const clock = new ManualClock();
    const window = windowOn(clock);
    transfer(window, clock, { roundTripMs: 60, bytesPerMs: 100_000 }, 100_000_000);
    expect(window.sizeBytes).toBe(LIMIT_BYTES);
    // With the rest of a character it may have three bytes more.
    expect(window.blockBytes).toBe(512 * KIB - 3);
  });

  it("never takes smaller blocks than the master asks for", () => {
    expect(windowOn(new ManualClock(), 640 * KIB).blockBytes).toBe(640 * KIB);
  });

  it.each([
    { roundTripMs: 1, bytesPerMs: 100_000 },
    { roundTripMs: 60, bytesPerMs: 10_000 },
    { roundTripMs: 300, bytesPerMs: 5000 },
    { roundTripMs: 60, bytesPerMs: 1000 },
  ])("fills a line with round trips of $roundTripMs ms that carries $bytesPerMs bytes a millisecond", (line) => {
    const clock = new ManualClock();
    const bytesPerSecond = transfer(windowOn(clock), clock, line, 100_000_000);
    expect(bytesPerSecond / 1000).toBeGreaterThan(0.8 * line.bytesPerMs);
  });

  it("keeps little more in flight than a slow connection carries, so that other messages do not wait long", () => {
    const clock = new ManualClock();
    const line = { roundTripMs: 60, bytesPerMs: 1000 };
    const window = windowOn(clock);
    transfer(window, clock, line, 100_000_000);
    expect(window.sizeBytes / line.bytesPerMs).toBeLessThan(3 * line.roundTripMs + 100);
  });

  it("survives one late answer", () => {
    const clock = new ManualClock();
    const window = windowOn(clock);
    transfer(window, clock, { roundTripMs: 60, bytesPerMs: 100_000 }, 100_000_000);
    const late = window.sent(512 * KIB);
    clock.advance(5000);
    late();
    expect(window.sizeBytes).toBe(LIMIT_BYTES - 256 * KIB);
  });
});
