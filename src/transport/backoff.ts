// How long to wait before the next attempt to connect.

/** The longest first wait; also the base of the growth. */
const FIRST_DELAY_MS = 1000;
const GROWTH = 2;
/** A master that refuses at once is not asked more often than this, whatever the longest delay is. */
const SHORTEST_DELAY_MS = 50;

export interface Failing {
  /** In a row; 1 for the first. */
  readonly failures: number;
  /** Since the first of them. */
  readonly lastsMs: number;
}

/**
 * Full jitter, in whole milliseconds: anywhere between a twentieth of a second and a bound that doubles with each
 * failure in a row up to `maxDelayMs`, so that many workers do not all come back to a restarted master at once. A wait is no
 * longer than the failures have lasted: short delays one after the other do not make a short outage long.
 */
export function backoffDelayMs(
  { failures, lastsMs }: Failing,
  maxDelayMs: number,
  random: () => number = Math.random,
): number {
  const longestMs = Math.min(Math.max(FIRST_DELAY_MS, lastsMs), maxDelayMs);
  const boundMs = Math.min(FIRST_DELAY_MS * GROWTH ** (failures - 1), longestMs);
  return Math.max(Math.round(random() * boundMs), SHORTEST_DELAY_MS);
}
