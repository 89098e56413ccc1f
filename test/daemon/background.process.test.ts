// start, stop and restart as people use them: a worker that continues when the command has ended.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { rareTest, rowsOf, sized } from "../support/sized.ts";
import { command, factsOf, greetAll, killWorker, pidOf, run as runIn } from "./background-workers.ts";
import {
  ADVICE,
  type BasedirOptions,
  type Installation,
  install,
  lives,
  logged,
  logOf,
  makeBasedir,
  type StartOptions,
} from "./worker-program.ts";

/** Linux has no pids from 2^22 on. */
const NOBODYS_PID = 2 ** 22 + 1;
/** A port without a server: listening there requires privileges. */
const DEAD_PORT = 1;
/** Options of start and of stop. */
const quietOrNot = rowsOf([[[]], [["-q"]]] as const, (_, at) => at === 0);
const FOLLOWING = "Following twistd.log until startup finished..";
const STARTED = "The buildbot-worker appears to have (re)started correctly.";

let installation: Installation;
let master: FakeMaster;
const basedirs: string[] = [];

beforeAll(() => {
  installation = install();
});
beforeEach(async () => {
  master = await FakeMaster.listen();
  greetAll(master);
});
afterEach(async () => {
  for (const basedir of basedirs.splice(0)) await killWorker(basedir);
  await master.close();
});
afterAll(() => installation.remove());

const run = (argv: readonly string[], options?: StartOptions) =>
  options === undefined ? command(argv) : runIn(installation, argv, options);

function newBasedir(variables: BasedirOptions["variables"] = {}, port = master.port): string {
  const basedir = makeBasedir(installation.newPath(), { port, variables });
  basedirs.push(basedir);
  return basedir;
}

describe("start", () => {
  it("waits until the worker has attached, and leaves it running on its own", async () => {
    const basedir = newBasedir();
    expect(await run(["start", basedir], {})).toEqual({ code: 0, lines: [FOLLOWING, STARTED], complained: "" });
    const pid = pidOf(basedir);
    const log = join(basedir, "twistd.log");
    expect(factsOf(pid)).toEqual({
      parent: expect.any(Number),
      session: pid,
      terminal: 0,
      umask: "0077",
      directory: basedir,
      streams: ["/dev/null", log, log],
    });
    expect(factsOf(pid).parent).not.toBe(process.pid);
    expect(readFileSync(join(basedir, "twistd.pid"), "latin1")).toBe(String(pid));
    const modes = ["twistd.pid", "twistd.log", "twistd.hostname"].map((name) => statSync(join(basedir, name)).mode);
    expect(modes.map((mode) => (mode & 0o777).toString(8))).toEqual(["600", "644", "600"]);
  });

  rareTest("leaves no process of its own, and a worker that no terminal can hang up", 180_000, async () => {
    const basedir = newBasedir();
    // script gives it a terminal, which is gone when the command has ended.
    const under = ["sh", "-c", 'exec script -qec "$*" /dev/null', "sh"];
    const { code } = await run(["start", "-q", basedir], { under });
    expect(code).toBe(0);
    await logged(basedir, "message from master: attached");
    expect(factsOf(pidOf(basedir))).toMatchObject({ session: pidOf(basedir), terminal: 0 });
    expect(await run(["stop", basedir])).toMatchObject({ code: 0 });
  });

  it("with -q says nothing and does not wait for the master", async () => {
    const basedir = newBasedir({}, DEAD_PORT);
    expect(await run(["start", "-q", basedir])).toEqual({ code: 0, lines: [], complained: "" });
    expect(lives(pidOf(basedir))).toBe(true);
  });

  rareTest("of a directory without argument is of the current one", 180_000, async () => {
    const basedir = newBasedir();
    expect(await run(["start"], { cwd: basedir })).toMatchObject({ code: 0, lines: [FOLLOWING, STARTED] });
    expect(factsOf(pidOf(basedir)).directory).toBe(basedir);
  });

  it("gives up after ten seconds without a master, and the worker continues", async () => {
    const basedir = newBasedir({}, DEAD_PORT);
    const { code, lines, complained } = await run(["start", basedir]);
    expect([code, complained]).toEqual([1, ""]);
    expect(lines.slice(0, 2)).toEqual([
      FOLLOWING,
      "The worker took more than 10 seconds to start and/or connect to the buildmaster,",
    ]);
    expect(lines.join("\n")).toContain("'message from master: attached'");
    expect(lives(pidOf(basedir))).toBe(true);
  });

  rareTest("sees the worker attach in a log that is rotated at that moment", 180_000, async () => {
    const basedir = newBasedir({ rotateLength: "10000" });
    // Two entries fit in, and the third is the last.
    writeFileSync(join(basedir, "twistd.log"), `${"x".repeat(9_849)}\n`);
    expect(await run(["start", basedir])).toMatchObject({ code: 0, lines: [FOLLOWING, STARTED] });
    await poll("the old log", () => readdirSync(basedir).includes("twistd.log.1"));
    expect(readFileSync(join(basedir, "twistd.log.1"), "utf8")).toMatch(/message from master: attached\n$/);
  });

  rareTest("that is interrupted leaves the worker running", 180_000, async () => {
    const basedir = newBasedir({}, DEAD_PORT);
    const program = installation.start(["start", basedir]);
    await logged(basedir, "Scheduling retry 1");
    program.child.kill("SIGINT");
    expect(await program.ended).toEqual({ code: null, signal: "SIGINT" });
    expect(lives(pidOf(basedir))).toBe(true);
  });

  it.each(quietOrNot)("with %j fails immediately if the worker is already running", async (options) => {
    const basedir = newBasedir({}, DEAD_PORT);
    await run(["start", "-q", basedir]);
    const pid = pidOf(basedir);
    const again = await run(["start", ...options, basedir]);
    expect(again).toEqual({
      code: 1,
      lines: [],
      complained: `Another twistd server is running, PID ${pid} (from ${basedir}/twistd.pid); stop it first, or use restart\n`,
    });
    expect([pidOf(basedir), lives(pid)]).toEqual([pid, true]);
  });

  it("replaces a stale pid file, and reports it", async () => {
    const basedir = newBasedir();
    writeFileSync(join(basedir, "twistd.pid"), String(NOBODYS_PID));
    expect(await run(["start", basedir])).toEqual({
      code: 0,
      lines: [FOLLOWING, STARTED],
      complained: `Removing stale pidfile ${basedir}/twistd.pid\n`,
    });
    expect(lives(pidOf(basedir))).toBe(true);
  });

  rareTest("replaces a pid file whose pid belongs to an unrelated process, which continues", 180_000, async () => {
    const basedir = newBasedir();
    writeFileSync(join(basedir, "twistd.pid"), String(process.pid));
    expect(await run(["start", basedir])).toMatchObject({ code: 0, lines: [FOLLOWING, STARTED] });
    expect(pidOf(basedir)).not.toBe(process.pid);
  });

  rareTest("fails if the content of the pid file is not a pid", 180_000, async () => {
    const basedir = newBasedir();
    writeFileSync(join(basedir, "twistd.pid"), "garbage");
    expect(await run(["start", basedir])).toEqual({
      code: 1,
      lines: [`${basedir}/twistd.pid contains 'garbage', which is not a process id`],
      complained: "what to do: pid-file in docs/reference/troubles.md, or run buildhand doctor BASEDIR\n",
    });
  });

  const contents: readonly [string, string?][] = [["absent"], ["stale", String(NOBODYS_PID)]];
  it.each(rowsOf(contents, (_, at) => at === 1))(
    "several times at once with the pid file %s starts one worker, and the others say so",
    async (_, content) => {
      const basedir = newBasedir();
      if (content !== undefined) writeFileSync(join(basedir, "twistd.pid"), content);
      const COUNT = sized(3, 4);
      const results = await Promise.all(Array.from({ length: COUNT }, () => run(["start", basedir], {})));
      const pid = pidOf(basedir);
      expect(lives(pid)).toBe(true);
      expect(results.filter(({ code }) => code === 0)).toHaveLength(1);
      expect(results.filter(({ code }) => code === 1)).toHaveLength(COUNT - 1);
      for (const { code, lines, complained } of results) {
        if (code === 0) expect(lines).toEqual([FOLLOWING, STARTED]);
        else expect(complained).toContain(`Another twistd server is running, PID ${pid} (from `);
      }
      expect(readFileSync(join(basedir, "twistd.log"), "utf8").match(/Starting Worker/g)).toHaveLength(1);
      expect(readdirSync(basedir).filter((name) => name.startsWith("twistd.pid"))).toEqual(["twistd.pid"]);
    },
  );

  it("reports immediately that the worker has ended, with the end of its log", async () => {
    const basedir = newBasedir();
    const { code, lines, complained } = await run(["start", "--pidfile=none/w.pid", basedir]);
    expect([code, lines]).toEqual([1, [FOLLOWING]]);
    expect(complained).toBe(
      `The worker ended right after it was started. The end of ${basedir}/twistd.log:\n` +
        `${basedir}/none/w.pid cannot be written: No such file or directory\n` +
        "what to do: pid-file in docs/reference/troubles.md, or run buildhand doctor BASEDIR\n",
    );
  });

  rareTest("reports the end of the worker when nothing can be written, and leaves no pid file", 180_000, async () => {
    const basedir = newBasedir();
    const under = ["/bin/sh", "-c", 'ulimit -f 0; exec "$@"', "sh"];
    const { code, lines, complained } = await run(["start", basedir], { under });
    expect([code, lines]).toEqual([1, [FOLLOWING]]);
    expect(complained).toBe(
      `The worker ended right after it was started, without output in ${basedir}/twistd.log: check that the disk has free space\n`,
    );
    expect(readdirSync(basedir).filter((name) => name.startsWith("twistd.pid"))).toEqual([]);
  });

  rareTest("in a directory that was removed says so", 180_000, async () => {
    const under = ["/bin/sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh"];
    const { code, lines, complained } = await run(["start"], { under, cwd: dirname(newBasedir()) });
    const sentence = "the current directory cannot be used: No such file or directory; change to one that exists";
    expect([code, lines.at(-1), complained]).toEqual([1, `buildhand:  ${sentence}`, ""]);
  });

  rareTest("says on the terminal that it cannot connect with these settings", 180_000, async () => {
    const basedir = newBasedir({ proxy_connection_string: "'tcp:h'" });
    expect(await run(["start", basedir])).toEqual({
      code: 1,
      lines: [`${basedir}/buildbot.tac: proxy_connection_string: port is missing`],
      complained: expect.stringMatching(ADVICE),
    });
    expect(readdirSync(basedir)).toEqual(["buildbot.tac"]);
  });
});

describe("the umask of a worker in the background", () => {
  const umasks: readonly [string, readonly string[], BasedirOptions["variables"], string][] = [
    ["is 077", [], {}, "0077"],
    ["is the one of --umask", ["--umask=027"], {}, "0027"],
    ["is the one of buildbot.tac, whatever --umask says", ["--umask=0"], { umask: "0o22" }, "0022"],
  ];
  it.each(rowsOf(umasks, ([, options]) => options[0] === "--umask=0"))("%s", async (_, options, variables, umask) => {
    const basedir = newBasedir(variables, DEAD_PORT);
    expect((await run(["start", "-q", ...options, basedir])).code).toBe(0);
    // It has another for a moment while it opens the socket of its status.
    await logged(basedir, "Starting Worker");
    await poll(`the umask ${umask}`, () => factsOf(pidOf(basedir)).umask === umask);
  });

  rareTest("must be octal", 180_000, async () => {
    const basedir = newBasedir();
    const { code, lines } = await run(["start", "--umask=8", basedir]);
    expect([code, lines.at(-1)]).toEqual([1, "buildhand:  umask must be an octal number, got '8'"]);
  });
});

describe("stop", () => {
  it.each(quietOrNot)("with %j ends the worker, which logs its end and removes its pid file", async (options) => {
    const basedir = newBasedir();
    await run(["start", basedir]);
    const pid = pidOf(basedir);
    const lines = options.length === 0 ? [`worker process ${pid} is dead`] : [];
    expect(await run(["stop", ...options, basedir])).toEqual({ code: 0, lines, complained: "" });
    expect(lives(pid)).toBe(false);
    expect(readdirSync(basedir).filter((name) => name.startsWith("twistd.pid"))).toEqual([]);
    expect(logOf(basedir).slice(-3)).toEqual([
      "Received SIGTERM, shutting down.",
      "Main loop terminated.",
      "Server Shut Down.",
    ]);
  });

  rareTest("ends the worker right after a quiet start", 180_000, async () => {
    const basedir = newBasedir({}, DEAD_PORT);
    await run(["start", "-q", basedir]);
    expect((await run(["stop", basedir])).code).toBe(0);
    expect(readdirSync(basedir)).not.toContain("twistd.pid");
    expect(logOf(basedir).at(-1)).toBe("Server Shut Down.");
  });

  it("finds the pid file of --pidfile", async () => {
    const basedir = newBasedir({}, DEAD_PORT);
    await run(["start", "-q", "--pidfile=own.pid", basedir]);
    const pid = readFileSync(join(basedir, "own.pid"), "latin1");
    expect(readdirSync(basedir)).not.toContain("twistd.pid");
    expect((await run(["stop", basedir])).lines).toEqual(["worker not running"]);
    expect((await run(["stop", "--pidfile=own.pid", basedir])).lines).toEqual([`worker process ${pid} is dead`]);
  });
});

describe("restart", () => {
  it("ends the worker and starts it again", async () => {
    const basedir = newBasedir();
    await run(["start", basedir]);
    const pid = pidOf(basedir);
    expect(await run(["restart", basedir])).toEqual({
      code: 0,
      lines: [`worker process ${pid} is dead`, "now restarting worker process..", FOLLOWING, STARTED],
      complained: "",
    });
    expect(lives(pid)).toBe(false);
    expect(lives(pidOf(basedir))).toBe(true);
  });

  rareTest("starts a worker that does not run", 180_000, async () => {
    const basedir = newBasedir();
    expect(await run(["restart", basedir])).toEqual({
      code: 0,
      lines: ["no old worker process found to stop", "now restarting worker process..", FOLLOWING, STARTED],
      complained: "",
    });
  });

  rareTest("with -q says nothing", 180_000, async () => {
    const basedir = newBasedir({}, DEAD_PORT);
    await run(["start", "-q", basedir]);
    const pid = pidOf(basedir);
    expect(await run(["restart", "-q", basedir])).toEqual({ code: 0, lines: [], complained: "" });
    expect([lives(pid), lives(pidOf(basedir))]).toEqual([false, true]);
  });

  it("with --nodaemon becomes the worker", async () => {
    const basedir = newBasedir({}, DEAD_PORT);
    await run(["start", "-q", basedir]);
    const pid = pidOf(basedir);
    const program = installation.start(["restart", "--nodaemon", basedir]);
    await poll(
      "the new worker",
      () => logOf(basedir).filter((entry) => entry.startsWith("Starting Worker")).length === 2,
    );
    expect(lives(pid)).toBe(false);
    expect(readdirSync(basedir)).not.toContain("twistd.pid");
    program.child.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
    expect(program.printed).toBe(`worker process ${pid} is dead\nnow restarting worker process..\n`);
  });
});
