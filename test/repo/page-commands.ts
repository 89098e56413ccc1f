// The commands in README.md and the guide, and which test runs each of them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Run by .ci/run, as they are. */
export const RUN_BY_CI: readonly string[] = ["npm ci"];

/** Run by test/repo/package.process.test.ts, and the second also by test/release. */
export const PACK = "npm pack";
export const INSTALL_TARBALL = "npm install --global --ignore-scripts ./buildhand-0.1.0.tgz";

/** Run by test/release. */
export const INSTALL_PACKAGE = "apt-get install ./buildhand_0.1.0_all.deb";

/** Run by test/repo/guide.process.test.ts, with all commands of the set-up page in its order. */
export const SET_UP = "docs/guide/set-up.md";
export const RUN_IN_FOREGROUND = "buildhand start --nodaemon ~/worker";
export const DEMO = "buildhand demo";

/** All commands of this page are run by test/repo/guide.process.test.ts, too. */
export const OWN_MASTER = "docs/guide/own-master.md";

/** All commands of this page are run by test/masters/change-over.test.ts. */
export const CHANGE_OVER = "docs/guide/change-over.md";

/** All commands of this page are run by test/repo/team-ci.process.test.ts. */
export const TEAM_CI = "docs/guide/team-ci.md";

/** All commands that some test runs. */
export function commandsRun(): readonly string[] {
  const alone = [...RUN_BY_CI, PACK, INSTALL_TARBALL, INSTALL_PACKAGE, RUN_IN_FOREGROUND, DEMO];
  return [...alone, ...[SET_UP, OWN_MASTER, CHANGE_OVER, TEAM_CI].flatMap(commandsOf)];
}

/** The pages whose `sh` blocks are commands to try. */
export function pagesWithCommands(): readonly string[] {
  return ["README.md", ...readdirSync("docs/guide").map((name) => join("docs/guide", name))];
}

/** Every line of every `sh` block of a page. */
export function commandsOf(page: string): readonly string[] {
  const blocks = readFileSync(page, "utf8").matchAll(/^```sh\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, block = ""]) => block.trim().split("\n"));
}
