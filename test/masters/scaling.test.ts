// The configurations in docs/scaling.md: Buildbot finds them good, and our worker reads the buildbot.tac.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { readTac } from "../../src/config/tac.ts";
import { BUILDBOT, describeWithMaster } from "./support/availability.ts";

const run = promisify(execFile);

const blocks = [...readFileSync("docs/scaling.md", "utf8").matchAll(/^```python\n(.*?)^```$/gms)].map(
  ([, text = ""]) => text,
);
const masters = blocks.filter((text) => text.includes("BuildmasterConfig"));
const tacs = blocks.filter((text) => text.includes("service.Application"));

test("the page has two configurations of masters and one of workers", () => {
  expect([masters.length, tacs.length, blocks.length]).toEqual([2, 1, 3]);
});

test("the buildbot.tac for images takes name, password and master from the environment", () => {
  const environment = {
    BUILDMASTER: "master.example",
    BUILDMASTER_PORT: "9990",
    WORKERNAME: "w-1",
    WORKERPASS: "secret",
  };
  const { settings } = readTac(tacs[0] ?? "", { path: "/buildbot/buildbot.tac", directory: "/buildbot", environment });
  expect(settings).toMatchObject({
    buildmasterHost: "master.example",
    port: 9990,
    workerName: "w-1",
    password: "secret",
    basedir: "/buildbot",
    logObserver: false,
  });
});

describeWithMaster("Buildbot", () => {
  test.each(masters.map((text, place) => [place + 1, text]))(
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
