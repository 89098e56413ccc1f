// Prints the size of the code base: lines of code below src/ (no blank lines, comments, imports or re-exports), its files,
// and the words of each group of pages.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { READ_IN_FULL_LIMIT, sumOfWords, wordsOfPages } from "./words.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The formatter puts a statement at the start of a line, and its semicolon at the end of one. */
const IMPORTS = /^(?:import\b[^;]*|export (?:type )?(?:\{[^}]*\}|\*) from [^;]*);$/gm;
const BLOCK_COMMENTS = /^\s*\/\*[\s\S]*?\*\/$/gm;
const LINE_COMMENTS = /^\s*\/\/.*$/gm;

function read(folder, extension) {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension))
    .map((name) => readFileSync(join(root, folder, name), "utf8"));
}

function codeLines(text) {
  const code = [BLOCK_COMMENTS, LINE_COMMENTS, IMPORTS].reduce((rest, part) => rest.replaceAll(part, ""), text);
  return code.split("\n").filter((line) => line.trim() !== "").length;
}

const sources = read("src", ".ts");
const lines = sources.map(codeLines).reduce((one, other) => one + other, 0);
console.log(`${lines} lines of code in ${sources.length} files of src/`);
const { readInFull, reference, others } = wordsOfPages();
const limit = `at most ${READ_IN_FULL_LIMIT}`;
console.log(
  `${sumOfWords(readInFull)} words in README.md, docs/guide/ and docs/design/ (${readInFull.size} pages; ${limit})`,
);
console.log(`${sumOfWords(reference)} words in docs/reference/ (${reference.size} pages)`);
console.log(`${sumOfWords(others)} words in the other pages (${others.size})`);
