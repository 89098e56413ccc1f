// Finds the name that the user probably meant. Pure.

/** From this length on, a name may have two mistakes; a shorter one has at most one. */
const TWO_MISTAKES_CHARS = 4;

/**
 * The candidate nearest to `name` and different from it; undefined when none is near. Among equally near ones the first
 * in the alphabet, so that the result does not depend on their order.
 */
export function nearestOf(
  name: string,
  candidates: readonly string[],
  distanceOf: typeof nameDistance = nameDistance,
): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = distanceOf(name, candidate) ?? Number.POSITIVE_INFINITY;
    if (distance > least || (distance === least && candidate >= (best ?? ""))) continue;
    [best, least] = [candidate, distance];
  }
  return best;
}

/** The end of a message about an unknown name; empty when no candidate is near. `quote` is put around the name. */
export function didYouMean(name: string, candidates: readonly string[], quote = '"'): string {
  const near = nearestOf(name, candidates);
  return near === undefined ? "" : `; did you mean ${quote}${near}${quote}?`;
}

/** Less than 1: different case, or two swapped letters. Undefined: the same name, or too far. */
export function nameDistance(name: string, candidate: string): number | undefined {
  if (name === candidate) return undefined;
  const [lower, lowerCandidate] = [name.toLowerCase(), candidate.toLowerCase()];
  if (lower === lowerCandidate) return 0;
  const limit = name.length < TWO_MISTAKES_CHARS ? 1 : 2;
  if (Math.abs(name.length - candidate.length) > limit) return undefined;
  const distance = editDistance(lower, lowerCandidate, limit);
  if (distance === 1 && sorted(lower) === sorted(lowerCandidate)) return 0.9; // two swapped letters: the most likely mistake
  // If all letters differ, it is a different name.
  return distance <= limit && distance < name.length ? distance : undefined;
}

function sorted(text: string): string {
  return text.split("").sort().join("");
}

/**
 * The number of insertions, deletions, changes and swaps of neighbours that turn `a` into `b`; infinite above `limit`.
 * Takes time proportional to the length of `a` times the limit.
 */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  // Cells further from the diagonal than the limit have a larger distance.
  const width = Math.min(limit, a.length + b.length);
  const beyond = () => Array.from({ length: b.length + 1 }, () => Number.POSITIVE_INFINITY);
  let beforeLast = beyond();
  let last = beyond().map((_, place) => (place <= width ? place : Number.POSITIVE_INFINITY));
  for (let i = 1; i <= a.length; i += 1) {
    const row = beyond();
    if (i <= width) row[0] = i;
    let least = row[0]!;
    for (let j = Math.max(1, i - width); j <= Math.min(b.length, i + width); j += 1) {
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const changed = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = isSwapped ? beforeLast[j - 2]! + 1 : Number.POSITIVE_INFINITY;
      row[j] = Math.min(changed, swapped, last[j]! + 1, row[j - 1]! + 1);
      least = Math.min(least, row[j]!);
    }
    // A swap refers to the row before the last, and costs one.
    if (least > limit + 1) return Number.POSITIVE_INFINITY;
    [beforeLast, last] = [last, row];
  }
  const distance = last[b.length]!;
  return distance <= limit ? distance : Number.POSITIVE_INFINITY;
}
