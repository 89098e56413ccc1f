// Buildbot finds the masters' configurations in docs/guide/scaling.md good.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { MASTER_CONFIGURATIONS } from "../support/scaling-page.ts";
import { rowsOf } from "../support/sized.ts";
import { BUILDBOT, describeWithMaster } from "./support/availability.ts";

const run = promisify(execFile);

describeWithMaster("Buildbot", () => {
  const numbered = MASTER_CONFIGURATIONS.map((text, place) => [place + 1, text] as const);
  test.each(rowsOf(numbered, ([number]) => number === 1))(
    "finds configuration %i of the page good",
    async (_place, text) => {
      const directory = mkdtempSync(join(tmpdir(), "buildhand-scaling-"));
      try {
        const path = join(directory, "master.cfg");
        writeFileSync(path, text);
        const { stdout } = await run(BUILDBOT, ["checkconfig", path], { cwd: directory });
        expect(stdout).toContain("Config file is good!");
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  );
});
