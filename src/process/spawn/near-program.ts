// Finds the program name that the user probably meant. Knows no directories.
import { setImmediate } from "node:timers/promises";
import { nameDistance, nearestOf } from "../../base/near-name.ts";

/** Names compared before other work may run; 1 µs each, or 70 µs for names of the maximum length. */
export const NAMES_AT_ONCE = 200;

/** Extensions of programs on other systems or in scripting languages. */
const EXTENSION = /\.(?:exe|com|cmd|bat|sh|py|pl|rb|js)$/i;

/** The candidate nearest to `name` and different from it; undefined when none is near. */
export async function nearestName(name: string, candidates: readonly string[]): Promise<string | undefined> {
  let near: readonly string[] = [];
  for (let at = 0; at < candidates.length; at += NAMES_AT_ONCE) {
    if (at > 0) await setImmediate();
    const best = nearestOf(name, [...near, ...candidates.slice(at, at + NAMES_AT_ONCE)], programDistance);
    near = best === undefined ? [] : [best];
  }
  return near[0];
}

/** 0.5 if only the extension differs. */
function programDistance(name: string, candidate: string): number | undefined {
  const distance = nameDistance(name, candidate);
  if (name === candidate || distance === 0) return distance;
  return stem(name) === stem(candidate) ? 0.5 : distance;
}

function stem(name: string): string {
  return name.toLowerCase().replace(EXTENSION, "");
}
