// The manual pages that the build has written, read by the programs that show them.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandNames } from "../cli/command-line.ts";

const FOLDER = "dist/man";
const pages = readdirSync(FOLDER);

/** Each prints what is wrong with all pages; `man` reads them as one. No release has a date before it is made. */
const READERS = [
  { reader: "man", args: ["--warnings", "-l", "-Tutf8", "-Z", "-"], of: "stderr" },
  { reader: "mandoc", args: ["-Tlint", "-W", "warning", ...pages.map((page) => join(FOLDER, page))], of: "stdout" },
] as const;

test("there is one of the program and one of each command, and the package names them all for npm", async () => {
  const expected = [
    "buildhand.1",
    ...(await commandNames()).map((name) => `buildhand-${name.replace(" ", "-")}.1`),
  ].sort();
  expect(pages.toSorted()).toEqual(expected);
  const { man } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(man.toSorted()).toEqual(expected.map((name) => `./${FOLDER}/${name}`).sort());
});

describe.each(READERS)("$reader", ({ reader, args, of }) => {
  const lack = spawnSync(reader, ["-?"]).error === undefined ? "" : ` (left out: ${reader} is not installed)`;

  test.skipIf(lack !== "")(`finds nothing wrong with any of them${lack}`, () => {
    const input = pages.map((page) => readFileSync(join(FOLDER, page), "utf8")).join("");
    const found = spawnSync(reader, args, { encoding: "utf8", input });
    const lines = found[of].split("\n").filter((line) => line !== "" && !line.includes("missing date"));
    expect(lines).toEqual([]);
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
