// docs/reference/options.md beside the program.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { optionsPage } from "../../src/cli/options-page.ts";
import { subcommands } from "../../src/cli/subcommands.ts";

test("docs/reference/options.md is what the program takes; if not, run `npm run build` and `node scripts/write-options.js`", () => {
  expect(readFileSync("docs/reference/options.md", "utf8")).toBe(optionsPage());
});

test.each(subcommands.map(({ name, options }) => ({ name, options })))(
  "$name has each option once, and a sentence for it",
  ({ options }) => {
    const names = options.map(({ name }) => name);
    const letters = options.flatMap(({ short }) => (short === undefined ? [] : [short]));
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(letters).size).toBe(letters.length);
    expect(options.filter(({ help }) => help === "" || help.endsWith("."))).toEqual([]);
  },
);
