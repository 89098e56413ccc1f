// The commands of README.md, and who runs each of them: a block that nobody runs is a promise that nobody keeps.
import { readFileSync } from "node:fs";

/** Run by .ci/run, in the words of the README. */
export const RUN_BY_CI: readonly string[] = ["npm ci && npm run demo", "npm test"];

/** Run by test/repo/readme.process.test.ts. */
export const CREATE_WORKER = "node bin/buildhand.js create-worker ~/worker master.example:9989 example-worker pass";
export const EXAMINE_WORKER = "node bin/buildhand.js doctor ~/worker";
export const START_WORKER = "node bin/buildhand.js start ~/worker";
export const STOP_WORKER = "node bin/buildhand.js stop ~/worker";
export const RUN_WORKER = "node bin/buildhand.js start --nodaemon ~/worker";
export const SHOW_VERSION = "node bin/buildhand.js --version";
export const RUN_BY_TEST: readonly string[] = [
  CREATE_WORKER,
  EXAMINE_WORKER,
  START_WORKER,
  STOP_WORKER,
  RUN_WORKER,
  SHOW_VERSION,
];

/** Run by the tests of releases, in test/release. */
export const INSTALL_TARBALL = "npm install --global --ignore-scripts ./buildhand-0.1.0.tgz";
export const INSTALL_PACKAGE = "apt-get install ./buildhand_0.1.0_all.deb";
export const RUN_BY_RELEASE_TEST: readonly string[] = [INSTALL_TARBALL, INSTALL_PACKAGE];

/** Every line of every `sh` block of README.md. */
export function readmeCommands(): readonly string[] {
  const blocks = readFileSync("README.md", "utf8").matchAll(/^```sh\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, block = ""]) => block.trim().split("\n"));
}
