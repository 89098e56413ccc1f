// Names that src/ exports: each has one meaning, and so one place where it is declared.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const DECLARATION = /^export (?:async function|function\*?|class|abstract class|interface|type|const) (\w+)/gm;

function declaredTwice(texts: readonly string[]): readonly string[] {
  const names = texts.flatMap((text) => [...new Set([...text.matchAll(DECLARATION)].map(([, name = ""]) => name))]);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

test("no two files export different things under one name", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  expect(declaredTwice(files.map((name) => readFileSync(join("src", name), "utf8")))).toEqual([]);
});

test("the search finds them, whatever they are", () => {
  const texts = [
    "export class A {}\nexport const b = 1;",
    "export interface A {}\nexport async function b() {}",
    "const A = 1;",
  ];
  expect(declaredTwice(texts)).toEqual(["A", "b"]);
});
