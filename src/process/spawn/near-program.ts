// Which of many names of programs somebody may have meant who wrote another one. Knows no directories.
import { setImmediate } from "node:timers/promises";
import { nameDistance, nearestOf } from "../../base/near-name.ts";

/** How many names are compared, 1 µs each, or 70 µs if all are of the greatest length, before others have their turn. */
export const NAMES_AT_ONCE = 200;

/** What programs of other systems are called with, or of other languages. */
const EXTENSION = /\.(?:exe|com|cmd|bat|sh|py|pl|rb|js)$/i;

/** The name among `candidates` that is nearest to `name` and not the same; undefined when none is near. */
export async function nearestName(name: string, candidates: readonly string[]): Promise<string | undefined> {
  let near: readonly string[] = [];
  for (let at = 0; at < candidates.length; at += NAMES_AT_ONCE) {
    if (at > 0) await setImmediate();
    const best = nearestOf(name, [...near, ...candidates.slice(at, at + NAMES_AT_ONCE)], programDistance);
    near = best === undefined ? [] : [best];
  }
  return near[0];
}

/** 0.5: with or without an extension. */
function programDistance(name: string, candidate: string): number | undefined {
  const distance = nameDistance(name, candidate);
  if (name === candidate || distance === 0) return distance;
  return stem(name) === stem(candidate) ? 0.5 : distance;
}

function stem(name: string): string {
  return name.toLowerCase().replace(EXTENSION, "");
}
