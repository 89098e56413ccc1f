// A YAML file as plain values, with the place of each value in the text. Independent of the content.
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

/** Limits far above any file that is written by hand. */
const LIMIT_BYTES = 1024 * 1024;
const MAX_NODES = 50_000;
/** Aliases of large nodes could make a small file fill the memory. */
const MAX_ALIASES = 100;
/** Anchors and aliases: the parser searches all of them for each alias. */
const MAX_REFERENCES = 1000;
/** V8's message, which the parser passes on in its own error. */
const STACK_IS_FULL = "Maximum call stack size exceeded";

export interface YamlFile {
  /** As given. */
  readonly path: string;
  readonly value: unknown;
  /** The place of the value at `path`, or of its nearest existing parent. */
  place(path: readonly PropertyKey[], of: "key" | "value"): FaultPlace;
}

/** Throws ERR_CONFIG_FILE for a file that cannot be read, and ERR_MASTER_CONFIG for invalid YAML. */
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
    // The parser's own check for duplicate keys is quadratic, and takes minutes for the largest files.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
    const broken = [...document.errors, ...document.warnings, ...excesses(document)];
    // Later errors mostly follow from the first one.
    const first = broken.find(({ message }) => message.startsWith(STACK_IS_FULL)) ?? broken[0];
    if (first !== undefined)
      throw faultsError(path, [{ ...placeAt(first.pos[0]), sentence: sentenceOf(first.message) }]);
    return {
      path,
      value: document.toJS({ maxAliasCount: MAX_ALIASES }),
      place: (keys, of) => placeAt(offsetOf(document, keys, of)),
    };
  } catch (error) {
    if (masterErrors.masterConfig.is(error)) throw error;
    // Thrown for aliases, or for nesting deeper than the stack.
    throw faultsError(path, [{ line: 1, column: 1, sentence: sentenceOf(errorText(error)) }]);
  }
}

interface Excess {
  readonly pos: readonly [from: number];
  readonly message: string;
}

/** The first node, anchor or alias beyond the limits, or the first duplicate key; at most one. */
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
      if (nodes > MAX_NODES) return add(node, `expected at most ${MAX_NODES} keys and values, got more`);
      if (references > MAX_REFERENCES) {
        return add(node, `expected at most ${MAX_REFERENCES} anchors and aliases, got more`);
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

/** Clearer sentences for the parser's most frequent messages. */
const sentences: readonly (readonly [beginning: string, sentence: string])[] = [
  [STACK_IS_FULL, "nested too deeply"],
  ["Nested mappings are not allowed in compact mappings", "expected quotes around text that contains ': '"],
  ["Tabs are not allowed as indentation", "expected spaces at the start of the line, got a tab"],
  ["All mapping items must start at the same column", "expected the same indentation as the keys above"],
  ["All sequence items must start at the same column", "expected the same indentation as the items above"],
];

function sentenceOf(message: string): string {
  const known = sentences.find(([beginning]) => message.startsWith(beginning));
  return known?.[1] ?? message.split("\n", 1)[0] ?? message;
}
