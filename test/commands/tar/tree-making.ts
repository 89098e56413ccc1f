// Directory trees of a few random files, and what is to be found in a directory.
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import * as fc from "fast-check";

export type Node =
  | { readonly kind: "file"; readonly content: Uint8Array; readonly mode: number; readonly modified: number }
  | { readonly kind: "link"; readonly target: Uint8Array }
  | {
      readonly kind: "directory";
      readonly children: readonly (readonly [Uint8Array, Node])[];
      readonly modified: number;
    };

const LONGEST_NAME_BYTES = 255;
const SLASH = Buffer.from("/");
const byte = fc.oneof(fc.constantFrom(...Buffer.from("abc .é€")), fc.integer({ min: 1, max: 255 }));

/** Any bytes that a name may have, now and then very many. */
const name = fc
  .oneof(
    fc.array(byte, { minLength: 1, maxLength: 12 }),
    fc.array(byte, { minLength: 90, maxLength: LONGEST_NAME_BYTES }),
  )
  .map((bytes) => Uint8Array.from(bytes))
  .filter((bytes) => !bytes.includes(SLASH[0]!) && !["..", "."].includes(Buffer.from(bytes).toString("latin1")));

/** Links that lead back to themselves are refused by masters. */
const NOWHERE = Buffer.from("nowhere-");

/** Seconds, with a fraction that no float on the way rounds. */
const modified = fc.integer({ min: 0, max: 2 ** 33 }).map((quarters) => quarters / 4);

const children = (node: fc.Arbitrary<Node>) =>
  fc.uniqueArray(fc.tuple(name, node), {
    maxLength: 4,
    selector: ([bytes]) => Buffer.from(bytes).toString("latin1"),
  });

const { tree } = fc.letrec<{ node: Node; tree: Extract<Node, { kind: "directory" }> }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    fc.record({
      kind: fc.constant("file" as const),
      content: fc.oneof(fc.uint8Array({ maxLength: 600 }), fc.constant(new Uint8Array(200_000).fill(65))),
      // What the filter of masters leaves as it is.
      mode: fc.constantFrom(0o644, 0o600, 0o755),
      modified,
    }),
    fc.record({ kind: fc.constant("link" as const), target: name.map((bytes) => Buffer.concat([NOWHERE, bytes])) }),
    tie("tree"),
  ),
  tree: fc.record({ kind: fc.constant("directory" as const), children: children(tie("node")), modified }),
}));

/** A directory with anything in it. */
export const anyTree = tree;

/** Makes what the tree describes at `path`, which must not be there. */
export function makeTree(path: Buffer, node: Node): void {
  if (node.kind === "link") return symlinkSync(Buffer.from(node.target), path);
  if (node.kind === "file") {
    writeFileSync(path, node.content, { mode: node.mode });
  } else {
    mkdirSync(path);
    for (const [name, child] of node.children) makeTree(Buffer.concat([path, SLASH, name]), child);
  }
  utimesSync(path, node.modified, node.modified);
}

/** All that a directory is and holds, depth first and sorted, as lines that can be compared. */
export function linesOfTree(path: Buffer): readonly string[] {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return [`link to ${readlinkSync(path, { encoding: "buffer" }).toString("latin1")}`];
  const shown = `${(stats.mode & 0o777).toString(8)} ${stats.mtimeMs}`;
  if (!stats.isDirectory()) return [`${shown} ${readFileSync(path).toString("latin1")}`];
  const names = readdirSync(path, { encoding: "buffer" }).sort((a, b) => a.compare(b));
  const below = names.flatMap((name) =>
    linesOfTree(Buffer.concat([path, SLASH, name])).map((line) => `${name.toString("latin1")}/${line}`),
  );
  return [shown, ...below];
}
