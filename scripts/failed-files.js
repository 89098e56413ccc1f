// The few files that failed beside other runs of tests, from vitest's log of one run: tests that wait for a shared machine may
// fail twice, so they run again alone.
//
//   node scripts/failed-files.js LOG    prints the files, and names the tests on stderr
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

/** More files than this have not failed because they shared the machine. */
const FILES_LIMIT = 3;
const FAILED_TEST = /^ FAIL .*?(test\/\S+\.ts)/;

/** A line for each test. None where there are too many, or something else failed, too. @param {string} log */
function failedTests(log) {
  const lines = stripVTControlCharacters(log).split("\n");
  if (lines.some((line) => /^outside the rings|asks for every test/.test(line))) return [];
  const tests = [...new Set(lines.filter((line) => FAILED_TEST.test(line)))];
  return filesOf(tests).length > FILES_LIMIT ? [] : tests;
}

function filesOf(tests) {
  return [...new Set(tests.map((line) => FAILED_TEST.exec(line)[1]))];
}

/** @param {string} path */
export function failedFiles(path) {
  const tests = failedTests(readFileSync(path, "utf8"));
  for (const test of tests) console.error(`failed beside other runs, and runs again alone: ${test.trim()}`);
  return filesOf(tests);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of failedFiles(process.argv[2])) console.log(file);
}
