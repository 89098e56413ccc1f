// What a heap snapshot of V8's says of the program's own values, without the code that V8 makes of the program and what it
// notes about it: both grow for hours while ever rarer functions become hot, and hide what a program keeps.
import { readFileSync } from "node:fs";

/** Types of nodes, as V8 calls them. */
const OWN_TYPES: ReadonlySet<string> = new Set([
  "array",
  "bigint",
  "closure",
  "concatenated string",
  "number",
  "object",
  "regexp",
  "sliced string",
  "string",
  "symbol",
]);

interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[], ...unknown[]];
    };
  };
  /** The fields of all nodes, one node after the other. */
  readonly nodes: readonly number[];
}

/** The bytes of all values of the program's. */
export function valueBytes(path: string): number {
  const { snapshot, nodes } = JSON.parse(readFileSync(path, "utf8")) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf("type"), fields.indexOf("self_size")];
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (OWN_TYPES.has(types[0][nodes[node + type]!]!)) bytes += nodes[node + size]!;
  }
  return bytes;
}
