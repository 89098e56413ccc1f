// docs/reference/differences.md says what the comparison with the Python worker compares, and finds different on purpose.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { differences } from "../masters/cases/differences.ts";
import { downloadingBuilds, msgpackDifferences, onlyOverPb } from "../masters/cases/msgpack-differences.ts";
import { caseNames, withDifferencesTable } from "../masters/support/differences-table.ts";

const PAGE = "docs/reference/differences.md";
const { BUILDHAND_WRITE_DIFFERENCES: write } = process.env;

test("the page of differences has the tables that follow from the cases (node scripts/write-differences.js)", () => {
  const page = readFileSync(PAGE, "utf8");
  const made = withDifferencesTable(page);
  if (write === "1") writeFileSync(PAGE, made);
  else expect(page).toBe(made);
});

test("every case of the comparison has a name of its own", () => {
  const names = caseNames();
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
});

test.each([
  ["over PB", differences],
  ["over MessagePack", msgpackDifferences],
])("every difference on purpose %s is one of a case, and of no other difference", (_, all) => {
  const names = caseNames();
  const differing = all.flatMap(({ changes }) => Object.keys(changes));
  expect(differing.filter((name) => !names.includes(name))).toEqual([]);
  expect(differing.filter((name, place) => differing.indexOf(name) !== place)).toEqual([]);
});

test("what is not run over MessagePack, or fails there, are cases", () => {
  const names = caseNames();
  expect([...onlyOverPb.names, ...downloadingBuilds.names].filter((name) => !names.includes(name))).toEqual([]);
});
