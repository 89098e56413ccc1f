// Searches in real trees: the recorded cases of Buildbot's worker, and random trees and patterns beside Python.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { commandsErrors } from "../../../src/commands/errors.ts";
import { parsePathPattern } from "../../../src/commands/glob/path-pattern.ts";
import { type SearchLimits, searchFiles } from "../../../src/commands/glob/search.ts";
import { runsEveryRow } from "../../support/sized.ts";
import { readVectors } from "../../support/vectors.ts";

const PYTHON = "/usr/bin/python3";
const unlimited = { signal: new AbortController().signal };

async function found(root: string, pattern: string, limits: SearchLimits = unlimited): Promise<string[]> {
  const names = await searchFiles(parsePathPattern(`${root}/${pattern}`), limits);
  return names
    .toTexts()
    .map((name) => name.slice(root.length + 1))
    .sort();
}

interface GlobVectors {
  readonly tree: readonly string[];
  readonly symlinks: Readonly<Record<string, string>>;
  readonly cases: readonly { readonly pattern: string; readonly matches: readonly string[] }[];
}

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "buildhand-glob-"));
});
afterEach(async () => {
  await rm(place, { recursive: true });
});

describe("the recorded search", () => {
  const vectors = readVectors<{ glob: GlobVectors }>("units.json").glob;
  let root: string;

  beforeAll(async () => {
    root = join(await mkdtemp(join(tmpdir(), "buildhand-glob-")), "globtree");
    const directories = new Set(vectors.tree.filter((path) => vectors.tree.some((one) => one.startsWith(`${path}/`))));
    await mkdir(root);
    for (const path of [...vectors.tree].sort()) {
      const target = vectors.symlinks[path];
      if (target !== undefined) await symlink(target, join(root, path));
      else if (directories.has(path)) await mkdir(join(root, path));
      else await writeFile(join(root, path), "");
    }
  });

  afterAll(async () => {
    await rm(join(root, ".."), { recursive: true });
  });

  it.each(vectors.cases)("for '$pattern' finds $matches", async ({ pattern, matches }) => {
    expect(await found(root, pattern)).toEqual([...matches].sort());
  });
});

describe("a search", () => {
  it("names a link that points back, but does not follow it", async () => {
    await mkdir(join(place, "a/b"), { recursive: true });
    await symlink("..", join(place, "a/b/up"));
    await symlink(".", join(place, "self"));
    await writeFile(join(place, "a/b/file"), "");
    expect(await found(place, "**")).toEqual(["", "a", "a/b", "a/b/file", "a/b/up", "self"]);
    expect(await found(place, "**/file")).toEqual(["a/b/file"]);
  });

  it("follows such a link as far as the pattern says", async () => {
    await symlink(".", join(place, "self"));
    expect(await found(place, "*/self/*")).toEqual(["self/self/self"]);
  });

  it("names nothing twice", async () => {
    await mkdir(join(place, "x/x/x"), { recursive: true });
    expect(await found(place, "**/x/**")).toEqual(["x/", "x/x", "x/x/", "x/x/x", "x/x/x/"]);
  });

  it("shows names that are not UTF-8 with U+FFFD, and looks into such directories", async () => {
    const directory = Buffer.concat([Buffer.from(`${place}/d`), Buffer.from([0xff])]);
    await mkdir(directory);
    await writeFile(Buffer.concat([directory, Buffer.from("/file")]), "");
    expect(await found(place, "*")).toEqual(["d\ufffd"]);
    expect(await found(place, "d?/*")).toEqual(["d\ufffd/file"]);
    expect(await found(place, "**/file")).toEqual(["d\ufffd/file"]);
  });

  it("finds nothing for a pattern that no path can match", async () => {
    for (const pattern of ["a\0b", "*/\0", "\0/*", `${"x".repeat(5000)}/*`])
      expect(await found(place, pattern)).toEqual([]);
  });

  it("ends when it is interrupted", async () => {
    const reason = new Error("enough");
    await expect(found(place, "**", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("ends with an error when there are too many directories", async () => {
    await mkdir(join(place, "a/b/c"), { recursive: true });
    const failure = await found(place, "**", { ...unlimited, directoriesLimit: 3 }).catch((error: unknown) => error);
    expect(commandsErrors.tooManyFiles.is(failure)).toBe(true);
    expect(await found(place, "**", { ...unlimited, directoriesLimit: 4 })).toHaveLength(4);
  });
});

const TREES = runsEveryRow ? 60 : 8;
const PATTERNS_EACH = 40;

// A line with a tree's place and a pattern gives a line with what glob finds.
const GLOB = `
import glob, json, sys
for line in sys.stdin:
    root, pattern = json.loads(line)
    print(json.dumps(sorted(set(name[len(root) + 1:] for name in glob.glob(root + '/' + pattern, recursive=True)))))
`;

const name = fc.constantFrom("a", "b", "ab", "a.b", ".a", ".b", "[a]", "a b", "é", "-", "!", "]", "c]", "**", "*");
const entry = fc.record({
  path: fc.array(name, { minLength: 1, maxLength: 4 }),
  kind: fc.constantFrom("file", "directory", "link"),
});
const component = fc.oneof(
  {
    arbitrary: fc.constantFrom("*", "**", "*@", "a", "", ".", "..", "a*", ".*", "?", "[ab]", "[!a]*", "**.b", "*]"),
    weight: 4,
  },
  { arbitrary: name, weight: 1 },
  fc
    .array(fc.constantFrom("a", "b", ".", "*", "?", "[", "]", "!", "-", "é"), { maxLength: 6 })
    .map((parts) => parts.join("")),
);
const pattern = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

/**
 * Makes what can be made. Links lead to one directory and have names that no directory has, so that none leads back:
 * there Python goes round in circles.
 */
async function makeTree(root: string, entries: readonly { path: readonly string[]; kind: string }[]): Promise<void> {
  await mkdir(join(root, "target/deep"), { recursive: true });
  await writeFile(join(root, "target/deep/a"), "");
  for (const { path, kind } of entries) {
    const full = join(root, ...path);
    // What is there already, or in the way, stays.
    await mkdir(dirname(full), { recursive: true }).catch(() => {});
    if (kind === "directory") await mkdir(full).catch(() => {});
    if (kind === "file") await writeFile(full, "", { flag: "wx" }).catch(() => {});
    if (kind === "link") await symlink(join(root, "target"), `${full}@`).catch(() => {});
  }
}

describe.skipIf(!existsSync(PYTHON))("beside Python's glob", () => {
  it(`finds the same in ${TREES} random trees with ${PATTERNS_EACH} random patterns each`, async () => {
    const trees = fc.sample(fc.array(entry, { maxLength: 25 }), { numRuns: TREES, seed: 7 });
    const questions: [string, string][] = [];
    for (const [index, entries] of trees.entries()) {
      const root = join(place, String(index), "tree");
      await makeTree(root, entries);
      const patterns = fc.sample(pattern, { numRuns: PATTERNS_EACH, seed: index });
      questions.push(...patterns.map((one): [string, string] => [root, one]));
    }
    const input = questions.map((question) => `${JSON.stringify(question)}\n`).join("");
    const output = execFileSync(PYTHON, ["-c", GLOB], { input, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    const answers = output
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as string[]);
    for (const [index, [root, one]] of questions.entries()) {
      expect([one, await found(root, one)]).toEqual([one, answers[index]!.sort()]);
    }
  });
});
