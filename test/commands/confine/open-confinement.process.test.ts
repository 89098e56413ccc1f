// Which names in the base directory a master may not use with --confine.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openConfinement, type PathUse } from "../../../src/commands/confine/open-confinement.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "buildhand-own-files-")));
afterAll(() => rmSync(root, { recursive: true }));
const base = join(root, "base");
mkdirSync(join(base, "build"), { recursive: true });
symlinkSync(base, join(root, "link"));
for (const name of ["buildbot.tac", "other.tac", "worker.log", "worker.log.1", "mine"]) {
  writeFileSync(join(base, name), "");
}
symlinkSync("../other.tac", join(base, "build", "link"));

const own = [join(base, "other.tac"), join(root, "link", "worker.log"), "/elsewhere/mine", ""];

it.each([
  ["buildbot.tac", "subtree"],
  ["other.tac", "subtree"],
  ["other.tac", "target"],
  ["other.tac", "entry"],
  ["build/link", "subtree"],
  ["build/../other.tac", "target"],
  ["worker.log", "target"],
  ["worker.log.1", "entry"],
] as const)("the worker's own %s is refused as %s", async (path, use: PathUse) => {
  const confinement = await openConfinement(join(root, "link"), own);
  await expect(confinement.hold(join(base, path), use)).rejects.toMatchObject({ code: "ERR_CONFINED" });
});

it.each([
  ["other.tac", "content"],
  ["mine", "subtree"],
  ["build/link", "entry"],
] as const)("%s may be used as %s", async (path, use: PathUse) => {
  const confinement = await openConfinement(join(root, "link"), own);
  await (await confinement.hold(join(base, path), use)).close();
});
