import { expect, test } from "vitest";
import { withReleaseRow } from "./limits-page.ts";

test("a row of one release of Node.js takes the place of its line's, and leaves those of others", () => {
  const before = [
    ["20.19.6", "0"],
    ["24.1.0", "0"],
  ];
  const rows = withReleaseRow(before, ["22.2.0", "0"]);
  expect(rows.map(([release]) => release)).toEqual(["20.19.6", "22.2.0", "24.1.0"]);
  expect(withReleaseRow(rows, ["20.20.2", "0"])).toEqual([["20.20.2", "0"], ...rows.slice(1)]);
  expect(withReleaseRow([], ["20.20.2", "0"])).toEqual([["20.20.2", "0"]]);
});
