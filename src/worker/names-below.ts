// Which entries of a base directory hold given paths. Text only: links are not looked at.
import { normalize } from "node:path";

/** In a set of names: the base directory itself is held, and so is each of its entries. */
export const EVERY_NAME = ".";

/**
 * The first component of each path behind the base directory, that of `a/b` and `./a` being `a`. A path that goes through
 * several needs all of them, as `x/../a` does; one that goes elsewhere needs none. EVERY_NAME stands for the base directory
 * and what is above it. Relative paths are relative to it.
 */
export function namesBelow(baseDirectory: string, paths: Iterable<string>): ReadonlySet<string> {
  const base = componentsOf(normalize(baseDirectory));
  const names = new Set<string>();
  for (const path of paths) {
    const place = path.startsWith("/") ? [] : [...base];
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
  return path.split("/").filter((component) => component !== "" && component !== ".");
}
