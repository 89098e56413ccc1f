// Which of many names somebody may have meant who wrote another one. Pure.

/** How many letters may be wrong in names of this many and more letters; in shorter ones a single one. */
const TWO_MISTAKES_CHARS = 4;

/** What programs of other systems are called with, or of other languages. */
const EXTENSION = /\.(?:exe|com|cmd|bat|sh|py|pl|rb|js)$/i;

/** The name among `candidates` that is nearest to `name` and not the same; undefined when none is near. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = distanceBetween(name, candidate);
    if (distance === undefined) continue;
    // One rule for equally near ones, so that the answer does not hang on the order of a directory.
    if (best === undefined || distance < best.distance || (distance === best.distance && candidate < best.candidate)) {
      best = { candidate, distance };
    }
  }
  return best?.candidate;
}

/** Less than 1: another case, or with or without an extension. Undefined: the same, or too far. */
function distanceBetween(name: string, candidate: string): number | undefined {
  if (name === candidate) return undefined;
  const [lower, lowerCandidate] = [name.toLowerCase(), candidate.toLowerCase()];
  if (lower === lowerCandidate) return 0;
  if (lower.replace(EXTENSION, "") === lowerCandidate.replace(EXTENSION, "")) return 0.5;
  const limit = name.length < TWO_MISTAKES_CHARS ? 1 : 2;
  if (Math.abs(name.length - candidate.length) > limit) return undefined;
  const distance = editDistance(lower, lowerCandidate);
  if (distance === 1 && sorted(lower) === sorted(lowerCandidate)) return 0.9; // two letters swapped: the likeliest
  // With all letters wrong it is another name.
  return distance <= limit && distance < name.length ? distance : undefined;
}

function sorted(text: string): string {
  return text.split("").sort().join("");
}

/** How many letters to add, to take away, to change, or to swap with their neighbour make `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? (beforeLast[j - 2] ?? 0) + 1
          : Number.POSITIVE_INFINITY;
      row.push(Math.min(changed, swapped, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
