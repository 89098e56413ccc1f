// Takes the pattern of a path apart into what must be looked at, one directory after the other. Knows no file system.
import { type TextEncoding, utf8 } from "../../base/encoding/text-encoding.ts";
import { hasMagic, type NameTest, namePattern } from "../../base/name-pattern.ts";
import { type ByteText, byteText } from "../file-names.ts";

export interface PathPattern {
  /** The directory in which the steps begin, or, without steps, the one path that is meant. */
  readonly start: ByteText;
  readonly steps: readonly Step[];
}

export type Step =
  /** The entry of this name; the empty name asks for a directory. */
  | { readonly type: "name"; readonly name: ByteText }
  | { readonly type: "match"; readonly test: NameTest }
  /** `**`: the directory itself and all below it. As the last of several in a row it names directories twice, once with a slash. */
  | { readonly type: "tree"; readonly repeated: boolean };

const TREE = "**";

/** Reads an absolute pattern as Python's documentation of `glob.glob(recursive=True)` has it. */
export function parsePathPattern(pattern: string, encoding: TextEncoding = utf8): PathPattern {
  if (!hasMagic(pattern)) return { start: byteText(pattern, encoding), steps: [] };
  const firstMagic = pattern.search(/[*?[]/);
  const begin = pattern.lastIndexOf("/", firstMagic) + 1;
  const directory = pattern.slice(0, begin);
  const components = pattern.slice(begin).split(/\/+/);
  return {
    start: byteText(directory.replace(/(?<!\/)\/+$/, "") || directory, encoding),
    // Several `**` in a row find nothing that one does not: the last stands for all.
    steps: components
      .map((component, index) => stepOf(component, { repeated: components[index - 1] === TREE, encoding }))
      .filter((_step, index) => components[index] !== TREE || components[index + 1] !== TREE),
  };
}

/** Names that start with a dot are hidden: only what itself starts with one asks for them. */
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
