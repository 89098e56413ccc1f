// Prints the size of the code base: lines of code below src/ (no blank lines, comments, imports or re-exports), its files,
// and the words of the documentation.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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
const pages = [
  ...read("docs", ".md"),
  ...["README.md", "CONTRIBUTING.md"].map((name) => readFileSync(join(root, name), "utf8")),
];
const sum = (numbers) => numbers.reduce((one, other) => one + other, 0);
console.log(`${sum(sources.map(codeLines))} lines of code in ${sources.length} files of src/`);
console.log(`${sum(pages.map((page) => page.split(/\s+/).length))} words in ${pages.length} pages`);
