// Medians and spreads of a few measurements.

/** @typedef {{ readonly median: number, readonly least: number, readonly most: number }} Spread */

/** @param {readonly number[]} values at least one @returns {Spread} */
export function spreadOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, least: sorted[0], most: sorted[sorted.length - 1] };
}

/** The least value that this part of the values does not exceed. @param {readonly number[]} values at least one @param {number} part */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
}

/**
 * Of the quotients of what was measured in the same run, so that a machine that slows down concerns both. Undefined where one
 * has nothing to divide by.
 * @param {readonly number[]} dividends @param {readonly number[]} divisors as many @returns {Spread | undefined}
 */
export function spreadOfRatios(dividends, divisors) {
  if (divisors.includes(0)) return undefined;
  return spreadOf(dividends.map((dividend, run) => dividend / divisors[run]));
}
