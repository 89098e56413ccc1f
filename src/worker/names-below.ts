// Finds the entries of a base directory that contain given paths. Works on text only: links are not followed.
import { normalize } from "node:path";
import { systemRules } from "../base/system-rules.ts";

/** In a set of names: the base directory itself, and so each of its entries. */
export const EVERY_NAME = ".";

/**
 * The first component of each path below the base directory: `a` for `a/b` and `./a`. A path through several entries, such
 * as `x/../a`, yields all of them; a path outside yields none. EVERY_NAME stands for the base directory and its parents.
 * Relative paths are relative to it. Names are in the form of `sameName`.
 */
export function namesBelow(baseDirectory: string, paths: Iterable<string>): ReadonlySet<string> {
  const base = componentsOf(normalize(baseDirectory));
  const names = new Set<string>();
  for (const path of paths) {
    const place = systemRules.isAbsolute(path) ? [] : [...base];
    const isInBase = () => base.every((component, index) => place[index] === component);
    for (const component of componentsOf(path)) {
      if (component === "..") place.pop();
      else place.push(component);
      if (component !== ".." && place.length === base.length + 1 && isInBase()) names.add(component);
    }
    if (place.every((component, index) => base[index] === component)) names.add(EVERY_NAME);
  }
  return names;
}

function componentsOf(path: string): readonly string[] {
  return systemRules.pathNames(path).map(systemRules.sameName);
}
