// How long to wait before the next attempt to connect.

/** Upper bound of the first delay, which doubles from here. */
const FIRST_DELAY_MS = 1000;
const GROWTH = 2;
/** Minimum between attempts at a master that refuses at once, whatever the longest delay is. */
const SHORTEST_DELAY_MS = 50;

export interface Failing {
  /** Consecutive failures; 1 for the first. */
  readonly failures: number;
  /** Time since the first of them. */
  readonly lastsMs: number;
}

/**
 * Full jitter, in whole milliseconds: a random delay between 50 ms and a bound that doubles with each consecutive
 * failure up to `maxDelayMs`, so that many workers do not all reconnect to a restarted master at once. A delay is never
 * longer than the outage so far, so a short outage stays short.
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
