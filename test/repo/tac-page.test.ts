// docs/reference/buildbot-tac.md says what the tests of a buildbot.tac's forms have.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { alikeForms, endingForms, formGroups, refusedForms } from "../masters/cases/tac-forms.ts";
import { withTacForms } from "../masters/support/tac-page.ts";

const PAGE = "docs/reference/buildbot-tac.md";
const { BUILDHAND_WRITE_DIFFERENCES: write } = process.env;

test("the page of buildbot.tac has the forms that are tested (node scripts/write-differences.js)", () => {
  const page = readFileSync(PAGE, "utf8");
  const made = withTacForms(page);
  if (write === "1") writeFileSync(PAGE, made);
  else expect(page).toBe(made);
});

test("every form of a buildbot.tac has a name of its own", () => {
  const all = [...formGroups.flatMap(({ forms }) => forms), ...refusedForms, ...alikeForms, ...endingForms];
  const names = all.map(({ form }) => form);
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
});
