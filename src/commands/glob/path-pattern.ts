// Splits the pattern of a path into steps, one for each directory level. Knows no file system.
import { type TextEncoding, utf8 } from "../../base/encoding/text-encoding.ts";
import { hasMagic, type NameTest, namePattern } from "../../base/name-pattern.ts";
import { systemRules } from "../../base/system-rules.ts";
import { type ByteText, byteText } from "../file-names.ts";

export interface PathPattern {
  /** The directory in which the steps begin or, without steps, the whole path. */
  readonly start: ByteText;
  readonly steps: readonly Step[];
}

export type Step =
  /** The entry of this name; the empty name asks for a directory. */
  | { readonly type: "name"; readonly name: ByteText }
  | { readonly type: "match"; readonly test: NameTest }
  /** `**`: the directory itself and everything below it. `repeated`: directories occur also with a trailing slash. */
  | { readonly type: "tree"; readonly repeated: boolean };

const TREE = "**";

/** Reads an absolute pattern as documented for Python's `glob.glob(recursive=True)`. */
export function parsePathPattern(pattern: string, encoding: TextEncoding = utf8): PathPattern {
  if (!hasMagic(pattern)) return { start: byteText(pattern, encoding), steps: [] };
  const firstMagic = pattern.search(/[*?[]/);
  const begin = systemRules.lastSeparator(pattern, firstMagic) + 1;
  const directory = pattern.slice(0, begin);
  const components = namesIn(pattern.slice(begin));
  return {
    start: byteText(systemRules.withoutEnd(directory), encoding),
    // Several `**` in a row find the same as one: keep only the last.
    steps: components
      .map((component, index) => stepOf(component, { repeated: components[index - 1] === TREE, encoding }))
      .filter((_step, index) => components[index] !== TREE || components[index + 1] !== TREE),
  };
}

/** All names, with an empty one after a separator at the end. */
function namesIn(path: string): readonly string[] {
  const names: string[] = [];
  let start = 0;
  for (let end = systemRules.firstSeparator(path); end >= 0; end = systemRules.firstSeparator(path, end + 1)) {
    if (end > start || start === 0) names.push(path.slice(start, end));
    start = end + 1;
  }
  return [...names, path.slice(start)];
}

/** Names that start with a dot are hidden: only patterns that also start with one match them. */
export function isHidden(name: string): boolean {
  return name.startsWith(".");
}

function stepOf(
  component: string,
  { repeated, encoding }: { readonly repeated: boolean; readonly encoding: TextEncoding },
): Step {
  if (component === TREE) return { type: "tree", repeated };
  if (!hasMagic(component)) return { type: "name", name: byteText(component, encoding) };
  const test = namePattern(component);
  return { type: "match", test: isHidden(component) ? test : (name) => !isHidden(name) && test(name) };
}
