// The commands of README.md, and who runs each of them: a block that nobody runs is a promise that nobody keeps.
import { readFileSync } from "node:fs";

/** Run by .ci/run, in the words of the README. */
export const RUN_BY_CI: readonly string[] = ["npm ci", "npm test"];

/** Run by test/repo/readme.process.test.ts, one test for each. */
export const SHOW_VERSION = "node bin/buildhand.js --version";
export const START_WORKER = "node bin/buildhand.js start --nodaemon ~/worker";
export const RUN_BY_TEST: readonly string[] = [SHOW_VERSION, START_WORKER];

/** Every line of every `sh` block of README.md. */
export function readmeCommands(): readonly string[] {
  const blocks = readFileSync("README.md", "utf8").matchAll(/^```sh\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, block = ""]) => block.trim().split("\n"));
}
