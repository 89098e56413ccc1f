// How near a name is to another one that somebody may have meant. Pure.

/** How many letters may be wrong in names of this many and more letters; in shorter ones a single one. */
const TWO_MISTAKES_CHARS = 4;

/**
 * The name among `candidates` that is nearest to `name` and not the same; undefined when none is near. Of equally near ones
 * the first in the alphabet, so that the answer does not hang on their order.
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

/** What a sentence about an unknown name ends with; empty when no candidate is near. `quote` stands around the name. */
export function didYouMean(name: string, candidates: readonly string[], quote = '"'): string {
  const near = nearestOf(name, candidates);
  return near === undefined ? "" : `; did you mean ${quote}${near}${quote}?`;
}

/** Less than 1: another case, or two letters swapped. Undefined: the same, or too far. */
export function nameDistance(name: string, candidate: string): number | undefined {
  if (name === candidate) return undefined;
  const [lower, lowerCandidate] = [name.toLowerCase(), candidate.toLowerCase()];
  if (lower === lowerCandidate) return 0;
  const limit = name.length < TWO_MISTAKES_CHARS ? 1 : 2;
  if (Math.abs(name.length - candidate.length) > limit) return undefined;
  const distance = editDistance(lower, lowerCandidate, limit);
  if (distance === 1 && sorted(lower) === sorted(lowerCandidate)) return 0.9; // two letters swapped: the likeliest
  // With all letters wrong it is another name.
  return distance <= limit && distance < name.length ? distance : undefined;
}

function sorted(text: string): string {
  return text.split("").sort().join("");
}

/**
 * How many letters to add, to take away, to change, or to swap with their neighbour make `a` into `b`; infinite when it is
 * more than `limit`. Takes time by the length of `a` times the limit.
 */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  // Further from the diagonal than the limit, a cell is further from it in letters, too.
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
    // A swap reaches back two rows, and costs one.
    if (least > limit + 1) return Number.POSITIVE_INFINITY;
    [beforeLast, last] = [last, row];
  }
  const distance = last[b.length]!;
  return distance <= limit ? distance : Number.POSITIVE_INFINITY;
}
