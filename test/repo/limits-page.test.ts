// docs/reference/limits.md says what the sources have.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { limitsPage, MESSAGE_LIMIT } from "../support/limits-page.ts";

const PAGE = "docs/reference/limits.md";
const { BUILDHAND_WRITE_DIFFERENCES: write } = process.env;

test("the page of limits has the constants of the sources (node scripts/write-differences.js)", () => {
  if (write === "1") writeFileSync(PAGE, limitsPage());
  else expect(readFileSync(PAGE, "utf8")).toBe(limitsPage());
});

test("a limit is read from the sources as the program computes it", () => {
  expect(MESSAGE_LIMIT).toBe("16 MiB");
  expect(limitsPage()).toContain(`| one message | ${MESSAGE_LIMIT}, `);
});
