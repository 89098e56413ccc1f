// Prints the size of the code base: lines of code below src/ (no blank lines, comments, imports or re-exports), its files,
// and the words of each group of pages.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The formatter puts a statement at the start of a line, and its semicolon at the end of one. */
const IMPORTS = /^(?:import\b[^;]*|export (?:type )?(?:\{[^}]*\}|\*) from [^;]*);$/gm;
const BLOCK_COMMENTS = /^\s*\/\*[\s\S]*?\*\/$/gm;
const LINE_COMMENTS = /^\s*\/\/.*$/gm;

/** The groups of pages: a page belongs to the first that matches. Those of the first are read in full, and stay short. */
const GROUPS = [
  ["README.md, docs/guide/ and docs/design/, of at most 15000", /^README|^docs\/(?:guide|design)\//],
  ["docs/reference/", /^docs\/reference\//],
  ["the other pages", /./],
];

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
const sum = (numbers) => numbers.reduce((one, other) => one + other, 0);
console.log(`${sum(sources.map(codeLines))} lines of code in ${sources.length} files of src/`);

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => `docs/${name}`),
].filter((name) => name.endsWith(".md"));
for (const [group, belongs] of GROUPS) {
  const chosen = pages.splice(0).filter((page) => belongs.test(page) || !pages.push(page));
  const words = chosen.map((page) => readFileSync(join(root, page), "utf8").split(/\s+/).filter(Boolean).length);
  console.log(`${sum(words)} words in ${group} (${chosen.length} pages)`);
}
