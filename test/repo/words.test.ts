// Turns of an older style of this project's English, nearly always wrong: code, comments, messages and pages use the field's
// terms instead ("rotate", "reconnect", "report", "peer", "it" for a process).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Whole words, whatever their case. A space stands for any space, also between two lines of a comment. */
const OLD_STYLE: readonly RegExp[] = [
  /told|tells? of/,
  /heard?|hears|hearing/,
  /anew/,
  /set(?:s|ting)? aside/,
  /look(?:s|ed|ing)? (?:it |them )?over/,
  /mend(?:s|ed|ing)?/,
  /(?:is|are|was|were) to be/,
  /who(?:so)?ever/,
  /for ever/,
  /be it/,
  /way to the master/,
  /let(?:s|ting)? go of/,
  /strangers?/,
  /keepers?/,
  /(?:what|all) there is/,
  /of no use/,
  /(?:gives?|gave|given|giving) way/,
  /as it were/,
  /(?:comes?|came) by/,
  /he|his|him|himself/,
  /the other side/,
  /(?:knows?|known|knew) nothing of/,
  /(?:falls?|fell) silent/,
  /owe[sd]?/,
  /and the like|or the like/,
  /of its own accord/,
  /(?:comes?|came) to nothing/,
  /what (?:came|comes|became|becomes) of/,
  /for want of/,
  /wherein|whereupon|thereof|thereby|therein/,
  /whence|thence|hither|thither/,
  /ought to|shall/,
  /done with/,
  /at an end/,
  /in vain/,
  /has its say|at its word/,
  /the wall's clock/,
  /no UTF-8/,
  /(?:goes|went|going) on (?:running|with|as)/,
  /nought|naught/,
  /of old/,
  /without end/,
];

/** Where such a turn is the right one. */
const ALLOWED = ["text on its way to the master: decoding, line ends, lines, batches, limits"];

const BETWEEN_WORDS = String.raw`\s+(?:(?://|\*|#) )?`;
const oldStyle = new RegExp(
  String.raw`\b(?:${OLD_STYLE.map(({ source }) => source.replaceAll(" ", BETWEEN_WORDS)).join("|")})\b`,
  "gi",
);

function filesIn(folder: string, ending: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
}

function oldStyleIn(text: string): readonly string[] {
  const searched = ALLOWED.reduce((rest, sentence) => rest.replaceAll(sentence, ""), text);
  return [...searched.matchAll(oldStyle)].map(
    ({ 0: turn, index }) => `${searched.slice(0, index).split("\n").length}: "${turn.replaceAll(/\s+/g, " ")}"`,
  );
}

const files = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...filesIn("docs", ".md"),
  ...filesIn("src", ".ts"),
  ...filesIn("scripts", ".js"),
  ...filesIn("bench", ".js"),
];

test("code, comments, messages and pages have no word or turn of the old style", () => {
  const found = files.flatMap((file) => oldStyleIn(readFileSync(file, "utf8")).map((place) => `${file}:${place}`));
  expect(found).toEqual([]);
});

test("every allowed sentence is still in use", () => {
  const texts = files.map((file) => readFileSync(file, "utf8"));
  expect(ALLOWED.filter((sentence) => !texts.some((text) => text.includes(sentence)))).toEqual([]);
});

test("the search finds a turn in any case, and across lines of a comment, with its line", () => {
  expect(oldStyleIn("// one\n// He is\n// told. The log is set\n// aside, foretold.")).toEqual([
    '2: "He"',
    '3: "told"',
    '3: "set // aside"',
  ]);
});
