// Expressions as the host's Python computes them and as ours does: texts, formats, slices, lists, numbers and paths.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorkerError } from "../../src/base/errors.ts";
import { pythonLibrary } from "../../src/config/python/library.ts";
import { parseProgram } from "../../src/config/python/parse.ts";
import { run } from "../../src/config/python/run.ts";
import { pythonSource } from "../../src/config/python/source.ts";
import { pythonForm, type Value } from "../../src/config/python/value.ts";

const PYTHON = "/usr/bin/python3";
/** Always the same expressions: what a run finds, the next run must find too. Change it to look for more. */
const SEED = 20_261_130;

const WORDS = [
  "",
  "a",
  "b",
  " ",
  ",",
  "a,b",
  " a  b ",
  "abc",
  "A b\\tc",
  "x\\ny\\r\\n",
  "é😀",
  "12",
  "0",
  "-7",
  "a/b",
  "/",
  "..",
  ".c",
  "aXbXc",
  "{}",
  "%s",
];
const word = fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }).map((parts) => `'${parts.join("")}'`);
const small = fc.integer({ min: -6, max: 12 }).map(String);
const number = fc.oneof(small, fc.constantFrom("0.5", "2.5", "1e3", "-0.125", "True", "9989", "1234567", "0o22"));
const list = fc.array(fc.oneof(word, small), { maxLength: 4 });
const texts = fc.array(word, { maxLength: 4 }).map((items) => `[${items.join(", ")}]`);
const tuple = list.map((items) => `(${items.map((item) => `${item},`).join(" ")})`);
const bound = fc.oneof(fc.constant(""), small);
const spec = fc
  .tuple(
    fc.constantFrom("", "<", ">", "^", "*<", "0>", "é^"),
    fc.constantFrom("", "+", " "),
    fc.constantFrom("", "0"),
    fc.constantFrom("", "1", "5", "12"),
    fc.constantFrom("", ".0", ".2", ".9"),
    fc.constantFrom("", "d", "s", "f", "x", "X", "o"),
  )
  .map((parts) => parts.join(""));
const percent = fc
  .tuple(
    fc.constantFrom("", "-", "0", "+", " "),
    fc.constantFrom("", "3", "10"),
    fc.constantFrom("", ".1", ".3"),
    fc.constantFrom("s", "d", "i", "x", "X", "o", "f", "r", "%"),
  )
  .map((parts) => `%${parts.join("")}`);
const method = fc.constantFrom(
  "strip()",
  "lstrip()",
  "rstrip()",
  "strip('ab')",
  "lstrip(' a')",
  "rstrip('c ')",
  "lower()",
  "upper()",
  "split()",
  "rsplit()",
  "split(',')",
  "split('X', 1)",
  "rsplit('X', 1)",
  "split(None, 1)",
  "rsplit(None, 1)",
  "split(None, 0)",
  "rsplit(None, 0)",
  "rsplit(',', maxsplit=2)",
  "split(sep='a')",
  "split('')",
  "splitlines()",
  "partition(',')",
  "partition('')",
  "replace('a', 'é')",
  "replace('', '-')",
  "replace('a', 'bb', 1)",
  "replace('', '-', 2)",
  "startswith('a')",
  "endswith(('c', ' '))",
  "find('b')",
  "count('b')",
  "zfill(5)",
  "encode().decode()",
  "encode('utf-8').strip().decode()",
  "format()",
  "format(1, 'x')",
  "isdigit()",
  "join(['1', '2'])",
);
const operator = fc.constantFrom("+", "-", "*", "/", "//", "%", "**", "|", "&", "^", "<<", ">>");
const comparison = fc.constantFrom("==", "!=", "<", "<=", ">", ">=");
const pathCall = fc.constantFrom("dirname", "basename", "normpath", "split", "splitext", "isabs");

const expression = fc.oneof(
  fc.tuple(word, method).map(([target, call]) => `${target}.${call}`),
  fc.tuple(fc.oneof(word, number), spec).map(([value, format]) => `f'<{${value.replaceAll("'", '"')}:${format}>'`),
  fc.tuple(fc.oneof(word, number), spec).map(([value, format]) => `'{0:${format}}|{x!r}'.format(${value}, x=${value})`),
  fc.tuple(percent, fc.oneof(word, number, tuple)).map(([format, value]) => `'<${format}>' % (${value})`),
  fc
    .tuple(percent, percent, list)
    .map(([one, other, items]) => `'${one} ${other}' % (${items.map((item) => `${item},`).join("")})`),
  fc
    .tuple(fc.oneof(word, texts, tuple), bound, bound, fc.oneof(bound, fc.constantFrom("", "2", "-1")))
    .map(([target, ...bounds]) => `${target}[${bounds.join(":")}]`),
  fc.tuple(fc.oneof(word, texts, tuple), small).map(([target, index]) => `${target}[${index}]`),
  fc.tuple(number, operator, number).map((parts) => parts.join(" ")),
  fc
    .tuple(fc.oneof(word, texts), fc.constantFrom("*", "+"), fc.oneof(word, texts, small))
    .map((parts) => parts.join(" ")),
  fc
    .tuple(fc.oneof(word, number, tuple), comparison, fc.oneof(word, number, tuple), comparison, fc.oneof(word, number))
    .map((parts) => parts.join(" ")),
  fc
    .tuple(fc.oneof(word, number), fc.constantFrom("in", "not in"), fc.oneof(word, texts, tuple))
    .map((parts) => parts.join(" ")),
  fc
    .tuple(
      fc.constantFrom("sorted", "min", "max", "len", "str", "repr", "tuple", "bool", "list"),
      fc.oneof(texts, tuple, word),
    )
    .map(([name, value]) => `${name}(${value})`),
  fc
    .tuple(fc.constantFrom("int", "float", "str", "bool"), fc.oneof(word, number))
    .map(([name, value]) => `${name}(${value})`),
  fc.tuple(pathCall, word).map(([name, path]) => `os.path.${name}(${path})`),
  fc.tuple(word, word, word).map(([one, two, three]) => `os.path.join(${one}, ${two}, ${three})`),
  fc
    .tuple(word, word, fc.constantFrom("parent", "name", "stem", "suffix"))
    .map(([one, two, part]) => `str((Path(${one}) / ${two}).${part})`),
  fc.tuple(word, word).map(([name, pattern]) => `fnmatch.fnmatch(${name}, ${pattern} + '*[!x-z]?')`),
  texts.map((items) => `list(enumerate(${items}, 2)) + list(zip(${items}, range(9, 0, -3)))`),
  fc.tuple(word, word, number).map(([one, two, value]) => `sorted({${one}: ${value}, ${two}: 'z'}.keys())`),
);

const HEAD = "import os, fnmatch\nfrom pathlib import Path\n";

describe.skipIf(!existsSync(PYTHON))("an expression", () => {
  it("that is computed is what Python says, and what Python refuses is refused", () => {
    const expressions = fc.sample(expression, { numRuns: 3000, seed: SEED });
    const theirs = pythonForms(expressions);
    const ours = expressions.map(formOf);
    const differing = expressions.flatMap((text, index) => {
      const [their, our] = [theirs[index] ?? null, ours[index] ?? null];
      // What is left to Python is refused, which is no difference; how much that is stands below.
      return our === null || our === their ? [] : [`${text}: Python ${their}, here ${our}`];
    });
    expect(differing).toEqual([]);
    const both = expressions.filter((_, index) => theirs[index] !== null && ours[index] !== null).length;
    const computed = theirs.filter((form) => form !== null).length;
    expect(both / computed).toBeGreaterThan(0.85);
  });
});

/** `repr` of each value; null where Python raises. */
function pythonForms(expressions: readonly string[]): readonly (string | null)[] {
  const program = `
import json, sys, warnings
warnings.simplefilter("ignore")
${HEAD}
def form(expression):
    try:
        return repr(eval(expression))
    except Exception:
        return None
print(json.dumps([form(expression) for expression in json.load(sys.stdin)]))`;
  return JSON.parse(execFileSync(PYTHON, ["-c", program], { input: JSON.stringify(expressions), encoding: "utf8" }));
}

const library = pythonLibrary({ directory: "/", environment: {} });

function formOf(expression: string): string | null {
  const source = pythonSource("buildbot.tac", `${HEAD}x = ${expression}\n`);
  const names = new Map<string, Value>();
  try {
    run(parseProgram(source), { source, names, library });
  } catch (error) {
    if (error instanceof WorkerError) return null;
    throw error;
  }
  return pythonForm(names.get("x")!) ?? null;
}
