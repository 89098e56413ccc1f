// docs/reference/troubles.md beside the program, and the table beside the code that finds what is in it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { troubleCodes, troubles } from "../../src/doctor/troubles/troubles.ts";
import { troublesPage } from "../../src/doctor/troubles-page.ts";

test("docs/reference/troubles.md is the table; if not, run `npm run build` and `node scripts/write-troubles.js`", () => {
  expect(readFileSync("docs/reference/troubles.md", "utf8")).toBe(troublesPage());
});

test("every trouble has a stable kind of name, and sentences on what it is and what to do", () => {
  const faults = troubleCodes.filter((code) => {
    const { title, meaning, cure } = troubles[code];
    const isSentence = (text: string) => /^[A-Z`].*\.$/s.test(text) && text.length < 400;
    return !/^[a-z]+(?:-[a-z]+)+$/.test(code) || title.endsWith(".") || !isSentence(meaning) || !isSentence(cure);
  });
  expect(faults).toEqual([]);
});

test("every trouble of the table is found by something", () => {
  const names = readdirSync("src", { recursive: true, encoding: "utf8" });
  const isTable = (name: string) => /doctor.troubles.|trouble-code\.ts$/.test(name);
  const sources = names.filter((name) => name.endsWith(".ts") && !isTable(name));
  const text = sources.map((name) => readFileSync(join("src", name), "utf8")).join("\n");
  expect(troubleCodes.filter((code) => !text.includes(`"${code}"`))).toEqual([]);
});
