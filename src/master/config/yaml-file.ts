// A YAML file as plain values, and where each of them stands in the text. Knows nothing of what the file is about.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from "yaml";
import { errorText } from "../../base/errors.ts";
import { readRegularFile } from "../../config/index.ts";
import { masterErrors } from "../errors.ts";
import { type FaultPlace, faultsError } from "./faults.ts";

/** The largest that anybody writes by hand is well below, and so are its keys, values, lists and mappings. */
const LIMIT_BYTES = 1024 * 1024;
const MOST_NODES = 50_000;
/** Aliases that stand for large parts could make a small file fill the memory. */
const MOST_ALIASES = 100;
/** Anchors and aliases: the parser looks through all of them for each alias. */
const MOST_REFERENCES = 1000;
/** V8's words; the parser makes an error of its own of them. */
const STACK_IS_FULL = "Maximum call stack size exceeded";

export interface YamlFile {
  /** As it was given. */
  readonly path: string;
  readonly value: unknown;
  /** Of what the keys and indexes of `path` lead to, or of the nearest around it that there is. */
  place(path: readonly PropertyKey[], of: "key" | "value"): FaultPlace;
}

/** Throws ERR_CONFIG_FILE for a file that cannot be read and ERR_MASTER_CONFIG for one that is no YAML. */
export function readYamlFile(path: string): YamlFile {
  const reading = readRegularFile(path, LIMIT_BYTES);
  if (!reading.ok) throw masterErrors.configFile(path, `cannot be read: ${reading.reason}`);
  return parseYaml(path, reading.text);
}

/** Throws ERR_MASTER_CONFIG. */
export function parseYaml(path: string, text: string): YamlFile {
  const lines = new LineCounter();
  const placeAt = (offset: number): FaultPlace => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  try {
    // The parser compares each key of a mapping with all others, which takes minutes for as many as fit into a file.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
    const broken = [...document.errors, ...document.warnings, ...excesses(document)];
    // What follows a first mistake of this kind is mostly about that mistake.
    const first = broken.find(({ message }) => message.startsWith(STACK_IS_FULL)) ?? broken[0];
    if (first !== undefined)
      throw faultsError(path, [{ ...placeAt(first.pos[0]), sentence: sentenceOf(first.message) }]);
    return {
      path,
      value: document.toJS({ maxAliasCount: MOST_ALIASES }),
      place: (keys, of) => placeAt(offsetOf(document, keys, of)),
    };
  } catch (error) {
    if (masterErrors.masterConfig.is(error)) throw error;
    // What is thrown is about aliases, or about a nesting that is deeper than the stack.
    throw faultsError(path, [{ line: 1, column: 1, sentence: sentenceOf(errorText(error)) }]);
  }
}

interface Excess {
  readonly pos: readonly [from: number];
  readonly message: string;
}

/** The first node, anchor or alias too many, or the first key that is twice in its mapping; none or one. */
function excesses(document: Document.Parsed): readonly Excess[] {
  const found: Excess[] = [];
  let [nodes, references] = [0, 0];
  const add = (node: Node, message: string) => {
    found.push({ pos: [node.range?.[0] ?? 0], message });
    return visit.BREAK;
  };
  visit(document, {
    Node(_key, node) {
      nodes += 1;
      if (isAlias(node) || node.anchor !== undefined) references += 1;
      if (nodes > MOST_NODES) return add(node, `expected at most ${MOST_NODES} keys and values, got more`);
      if (references > MOST_REFERENCES) {
        return add(node, `expected at most ${MOST_REFERENCES} anchors and aliases, got more`);
      }
      const twice = isMap<Node, Node | null>(node) ? repeatedKey(node.items) : undefined;
      return twice && add(twice, "Map keys must be unique");
    },
  });
  return found;
}

function repeatedKey(pairs: readonly Pair<Node, Node | null>[]): Node | undefined {
  const seen = new Set<unknown>();
  for (const { key } of pairs) {
    if (!isScalar(key)) continue;
    if (seen.has(key.value)) return key;
    seen.add(key.value);
  }
  return undefined;
}

function offsetOf(document: Document.Parsed, keys: readonly PropertyKey[], of: "key" | "value"): number {
  let offset = document.contents?.range[0] ?? 0;
  let node: Node | null = document.contents;
  for (const [depth, key] of keys.entries()) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    const pair = isMap<Node, Node | null>(node) ? pairOf(node.items, key) : undefined;
    const next: unknown = isSeq(node) ? node.items[Number(key)] : pair?.value;
    if (pair !== undefined && ((depth === keys.length - 1 && of === "key") || next == null)) {
      return pair.key.range?.[0] ?? offset;
    }
    if (!isNode(next)) return offset;
    node = next;
    offset = node.range?.[0] ?? offset;
  }
  return offset;
}

function pairOf(pairs: readonly Pair<Node, Node | null>[], key: PropertyKey): Pair<Node, Node | null> | undefined {
  return pairs.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "range" in value;
}

/** Of the parser's words, those that people meet most, in ours. */
const sentences: readonly (readonly [beginning: string, sentence: string])[] = [
  [STACK_IS_FULL, "nested too deeply"],
  ["Nested mappings are not allowed in compact mappings", "expected text with ': ' in it to be in quotes"],
  ["Tabs are not allowed as indentation", "expected spaces at the beginning of the line, got a tab"],
  ["All mapping items must start at the same column", "expected the same indentation as of the keys above"],
  ["All sequence items must start at the same column", "expected the same indentation as of the items above"],
];

function sentenceOf(message: string): string {
  const known = sentences.find(([beginning]) => message.startsWith(beginning));
  return known?.[1] ?? message.split("\n", 1)[0] ?? message;
}
