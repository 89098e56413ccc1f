// In place of the Python programs under a real master: by their names and command lines, in containers without a buildbot.tac,
// and with a buildbot.tac that only Python could read.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { killWorker } from "../daemon/background-workers.ts";
import { type Installation, install, type WorkerProgram } from "../daemon/worker-program.ts";
import { rareTest } from "../support/sized.ts";
import { BUILDBOT_WORKER, describeWithMaster } from "./support/availability.ts";
import { printed as logOf } from "./support/build-outcome.ts";
import { shell } from "./support/description.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";

const NAME = "w";
const PASSWORD = "pass-9f3c";

describeWithMaster("in place of the Python programs", () => {
  let master: TestMaster;
  let installation: Installation;
  let shims: string;
  const running: WorkerProgram[] = [];
  const basedirs: string[] = [];

  beforeAll(async () => {
    installation = install();
    shims = installation.newPath();
    await ended(installation.start(["shims", shims]));
    master = await startMaster({
      workers: [{ name: NAME, password: PASSWORD }],
      builders: [{ name: "b", workers: [NAME], steps: [shell("print", "pwd; env")] }],
    });
  });
  afterEach(async () => {
    for (const program of running.splice(0)) {
      program.child.kill("SIGTERM");
      await program.ended;
    }
    for (const basedir of basedirs.splice(0)) await killWorker(basedir);
    await master.workerDetached(NAME);
  });
  afterAll(async () => {
    await master?.end();
    await installation?.remove();
  });

  async function ended(program: WorkerProgram): Promise<void> {
    const { code } = await program.ended;
    expect({ code, complained: program.complained }, program.printed).toEqual({ code: 0, complained: "" });
  }

  /** Runs a line of a shell with the shims first in PATH. */
  function call(line: string, cwd: string): WorkerProgram {
    const under = ["/bin/sh", "-c", `PATH='${shims}':$PATH; exec ${line}`, "sh"];
    return installation.start([], { cwd, under });
  }

  function stays(program: WorkerProgram): WorkerProgram {
    running.push(program);
    return program;
  }

  async function buildIn(basedir: string): Promise<string> {
    await master.workerAttached(NAME);
    const outcome = await master.build("b");
    expect(outcome.result).toBe("success");
    const text = logOf(outcome, "print");
    expect(text.split("\n")[0]).toBe(join(basedir, "b", "build"));
    return text;
  }

  async function created(): Promise<string> {
    const basedir = installation.newPath();
    basedirs.push(basedir);
    const address = `127.0.0.1:${master.ports.pb}`;
    await ended(
      call(`buildbot-worker create-worker -q --no-logrotate '${basedir}' ${address} ${NAME} ${PASSWORD}`, "/"),
    );
    return basedir;
  }

  test("twistd --pidfile= -ny buildbot.tac builds", async () => {
    const basedir = await created();
    const program = stays(call("twistd --pidfile= -ny buildbot.tac", basedir));
    await buildIn(basedir);
    expect(program.printed).toContain("Starting Worker");
  });

  test("buildbot-worker start builds, and buildbot-worker stop ends it", async () => {
    const basedir = await created();
    await ended(call(`buildbot-worker start '${basedir}'`, "/"));
    await buildIn(basedir);
    await ended(call(`buildbot-worker stop '${basedir}'`, "/"));
  });

  test("a container that has only the variables of the image builds, and its builds see them but not the password", async () => {
    const basedir = installation.newPath();
    mkdirSync(basedir);
    const environment = {
      BUILDMASTER: "127.0.0.1",
      BUILDMASTER_PORT: String(master.ports.pb),
      BUILDMASTER_PROTOCOL: "pb",
      WORKERNAME: NAME,
      WORKERPASS: PASSWORD,
      WORKER_ENVIRONMENT_BLACKLIST: "HIDDEN_*",
      HIDDEN_KEY: "1",
    };
    const program = stays(installation.start(["start", "--nodaemon"], { cwd: basedir, environment }));
    const text = await buildIn(basedir);
    expect(text).toMatch(/^BUILDMASTER=127\.0\.0\.1$/m);
    expect(text).toMatch(/^WORKERNAME=w$/m);
    expect(text).not.toMatch(/^(WORKERPASS|HIDDEN_KEY)=/m);
    expect(program.printed).not.toContain(PASSWORD);
  });

  rareTest("a buildbot.tac that was imported builds with both programs", 600_000, async () => {
    const basedir = await created();
    const tac = join(basedir, "buildbot.tac");
    const computed = readFileSync(tac, "utf8")
      .replace(/^passwd = .*$/m, "def word():\n    return open('secret').read().strip()\npasswd = word()")
      .concat("os.environ.update({name: name.lower() for name in ('SEEN', 'ALSO_SEEN')})\n");
    writeFileSync(tac, computed);
    writeFileSync(join(basedir, "secret"), `${PASSWORD}\n`);
    await ended(call(`buildbot-worker tac import --yes '${basedir}'`, "/"));
    renameSync(`${tac}.new`, tac);
    for (const program of [BUILDBOT_WORKER, "buildbot-worker"]) {
      await ended(call(`${program} start '${basedir}'`, "/"));
      const text = await buildIn(basedir);
      expect(text).toMatch(/^SEEN=seen$/m);
      expect(text).toMatch(/^ALSO_SEEN=also_seen$/m);
      await ended(call(`${program} stop '${basedir}'`, "/"));
      await master.workerDetached(NAME);
    }
  });
});
