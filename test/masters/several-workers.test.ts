// Twenty workers of one buildbot.tac under a real master: two of them fail, the others build; one process, one end.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSeveral, severalLog } from "../daemon/several-tac.ts";
import { poll } from "../support/poll.ts";
import { rareTest } from "../support/sized.ts";
import { describeWithMaster } from "./support/availability.ts";
import { printed } from "./support/build-outcome.ts";
import { type ChildProgram, startProgram } from "./support/child-program.ts";
import { shell } from "./support/description.ts";
import type { StartedBuild } from "./support/started-build.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";

const buildhand = fileURLToPath(new URL("../../bin/buildhand.js", import.meta.url));
const PASSWORD = "sekret";
/** A port that nobody answers on: listening there needs privileges, and nothing does. */
const DEAD_PORT = 1;

const names = Array.from({ length: 20 }, (_, index) => `w${index + 1}`);
const [wrongPassword, unreachable, ...good] = names;

describeWithMaster("twenty workers of one buildbot.tac", () => {
  let master: TestMaster;
  let directory: string;
  let program: ChildProgram;

  beforeAll(async () => {
    master = await startMaster({
      workers: names.map((name) => ({ name, password: PASSWORD })),
      builders: names.map((name) => ({
        name: `b-${name}`,
        workers: [name],
        steps: [shell("wait", "echo $PPID; until test -e ../../../gate; do sleep 0.1; done")],
      })),
    });
    const rows = names.map((name) => ({
      name,
      port: name === unreachable ? DEAD_PORT : master.ports.pb,
      password: `'${name === wrongPassword ? "wrong" : PASSWORD}'`,
      keywords: "allow_shutdown='signal'",
    }));
    directory = makeSeveral(join(master.root, "workers"), rows);
    await start();
  });
  afterAll(async () => {
    await program?.stop();
    await master?.end();
  });

  async function start(): Promise<void> {
    program = startProgram([process.execPath, buildhand, "start", "--nodaemon", directory], directory);
    await Promise.all(good.map((name) => master.workerAttached(name)));
  }

  function startBuilds(workers: readonly string[]): Promise<readonly StartedBuild[]> {
    return Promise.all(workers.map((name) => master.startBuild(`b-${name}`)));
  }

  async function logged(entry: string): Promise<void> {
    await poll(`"${entry}" in the log`, () => severalLog(directory).some((one) => one.includes(entry)), {
      logs: () => ({ "twistd.log": severalLog(directory).join("\n") }),
    });
  }

  const openGate = () => writeFileSync(join(directory, "gate"), "");

  test("all but the two that cannot attach build, in one process", async () => {
    const builds = await startBuilds(good);
    await Promise.all(builds.map((build) => build.stepStarted("wait")));
    openGate();
    for (const build of builds) {
      const outcome = await build.finished();
      expect(outcome.result).toBe("success");
      expect(printed(outcome, "wait")).toBe(`${program.pid}\n`);
    }
    expect((await master.worker(wrongPassword!)).connected).toBe(false);
    const log = severalLog(directory);
    expect(log).toContainEqual(expect.stringMatching(new RegExp(`^${wrongPassword}: login: unauthorized login`)));
    expect(log).toContainEqual(expect.stringMatching(new RegExp(`^${unreachable}: TCP: cannot connect`)));
  });

  test("one that its master shuts down takes no other's build with it; SIGHUP ends all after theirs", async () => {
    rmSync(join(directory, "gate"));
    const [leaving, ...staying] = good;
    const builds = await startBuilds(staying);
    await Promise.all(builds.map((build) => build.logLine("wait", /^\d+$/)));
    await master.shutDownWorker(leaving!, "a test");
    await master.workerDetached(leaving!);
    await logged(`${leaving}: 19 other workers continue in this process`);
    program.signal("SIGHUP");
    for (const name of staying) await logged(`${name}: the master agreed`);
    openGate();
    for (const build of builds) expect((await build.finished()).result).toBe("success");
    expect(await program.exited).toEqual({ code: 0, signal: null });
    for (const name of staying) await master.workerDetached(name);
  });

  rareTest("SIGTERM ends all at once, and the builds begin again with the next start", 600_000, async () => {
    rmSync(join(directory, "gate"));
    await start();
    const builds = await startBuilds(good);
    const pids = await Promise.all(builds.map((build) => build.logLine("wait", /^\d+$/)));
    expect(new Set(pids)).toEqual(new Set([String(program.pid)]));
    expect(await program.stop()).toEqual({ code: null, signal: "SIGTERM" });
    openGate();
    await start();
    for (const build of builds) expect((await build.finished()).result).toBe("success");
  });
});
