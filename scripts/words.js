// Counts the words of the documentation by group: pages that people read in full have a limit.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** For README.md, the guide and the design pages together. */
export const READ_IN_FULL_LIMIT = 15_000;

/** The pages of a group with the number of words of each, by path. @returns {Readonly<Record<"readInFull" | "reference" | "others", ReadonlyMap<string, number>>>} */
export function wordsOfPages() {
  const readInFull = ["README.md", ...pagesBelow("docs/guide"), ...pagesBelow("docs/design")];
  const reference = pagesBelow("docs/reference");
  const grouped = new Set([...readInFull, ...reference]);
  const others = ["CONTRIBUTING.md", ...pagesBelow("docs")].filter((page) => !grouped.has(page));
  return { readInFull: counted(readInFull), reference: counted(reference), others: counted(others) };
}

/** @param {ReadonlyMap<string, number>} pages */
export function sumOfWords(pages) {
  return [...pages.values()].reduce((sum, words) => sum + words, 0);
}

function pagesBelow(folder) {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".md")).map((name) => `${folder}/${name}`);
}

function counted(pages) {
  return new Map(
    pages.map((page) => [page, readFileSync(join(root, page), "utf8").split(/\s+/).filter(Boolean).length]),
  );
}
