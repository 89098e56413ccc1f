// The manual pages that the build has written, read by the programs that show them.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { subcommands } from "../../src/cli/subcommands.ts";

const FOLDER = "dist/man";
const pages = readdirSync(FOLDER);

/** Each prints what is wrong with a page; no release has a date before it is made. */
const READERS = [
  { reader: "man", args: ["--warnings", "-l", "-Tutf8", "-Z"], of: "stderr" },
  { reader: "mandoc", args: ["-Tlint", "-W", "warning"], of: "stdout" },
] as const;

test("there is one of the program and one of each command, and the package names them all for npm", () => {
  const expected = ["buildhand.1", ...subcommands.map(({ name }) => `buildhand-${name.replace(" ", "-")}.1`)].sort();
  expect(pages.toSorted()).toEqual(expected);
  const { man } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(man.toSorted()).toEqual(expected.map((name) => `./${FOLDER}/${name}`).sort());
});

describe.each(READERS)("$reader", ({ reader, args, of }) => {
  const lack = spawnSync(reader, ["-?"]).error === undefined ? "" : ` (left out: ${reader} is not installed)`;

  test.skipIf(lack !== "")(`finds nothing wrong with any of them${lack}`, () => {
    const faults = pages.flatMap((page) => {
      const found = spawnSync(reader, [...args, join(FOLDER, page)], { encoding: "utf8" });
      return found[of].split("\n").filter((line) => line !== "" && !line.includes("missing date"));
    });
    expect(faults).toEqual([]);
  });
});

test("a page has the options and the exit codes of its command, and no hidden ones", () => {
  const page = readFileSync(join(FOLDER, "buildhand-stop.1"), "utf8");
  expect(page).toContain("\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR\nprint only errors\n");
  expect(page).toContain("\\fB\\-\\-timeout\\fR=\\fISECONDS\\fR\n");
  expect(page).toMatch(/^124\n/m);
  expect(page).not.toMatch(/^75\n/m);
  expect(readFileSync(join(FOLDER, "buildhand-start.1"), "utf8")).not.toContain("in\\-background");
});
