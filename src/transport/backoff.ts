// How long to wait before the next attempt to connect.

/** The longest first wait; also the base of the growth. */
const FIRST_DELAY_MS = 1000;
const GROWTH = 2;
/** A master that refuses at once is not asked more often than this, whatever the longest delay is. */
const SHORTEST_DELAY_MS = 50;

/**
 * Full jitter, in whole milliseconds: anywhere between a twentieth of a second and a bound that doubles with each
 * failure in a row (1 for the first) up to `maxDelayMs`, so that many workers do not all come back to a restarted master
 * at once.
 */
export function backoffDelayMs(failures: number, maxDelayMs: number, random: () => number = Math.random): number {
  const boundMs = Math.min(FIRST_DELAY_MS * GROWTH ** (failures - 1), maxDelayMs);
  return Math.max(Math.round(random() * boundMs), SHORTEST_DELAY_MS);
}
