// Ending a worker by its pid file: programs that stand in for one, some of which would rather stay.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { type PidPlace, pidPlace } from "../../src/daemon/pid-file.ts";
import { stopGracefully, stopWorker } from "../../src/daemon/stop-worker.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { inPidNamespace, noPidNamespace } from "../support/pid-namespace.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { command } from "./background-workers.ts";
import { type Installation, install, lives, makeBasedir } from "./worker-program.ts";

/** Nobody's, on every Linux. */
const UNPRIVILEGED_UID = 65_534;
/** Linux has no pids from 2^22 on. */
const NOBODYS_PID = 2 ** 22 + 1;

let directory: string;
let place: PidPlace;
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-stop-"));
  place = pidPlace(directory);
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
  rmSync(directory, { recursive: true });
});

/** Runs a shell script that says when it is ready, and resolves to what it said. */
async function standIn(script: string, cwd = directory): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn("sh", ["-c", script], { cwd, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [said] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  return { child, said: said.trim() };
}

describe("stopping a worker", () => {
  it("ends it by SIGTERM and resolves when it has ended", async () => {
    const { child } = await standIn("echo ready; exec sleep 1000");
    writeFileSync(place.path, String(child.pid));
    const gone = once(child, "exit");
    expect(await stopWorker(place, systemClock)).toEqual({ state: "dead", pid: child.pid });
    expect(await gone).toEqual([null, "SIGTERM"]);
  });

  it("waits for one that takes its time", async () => {
    const { child } = await standIn('trap "sleep 1; exit 7" TERM; echo ready; while :; do sleep 0.05; done');
    writeFileSync(place.path, String(child.pid));
    const gone = once(child, "exit");
    expect(await stopWorker(place, systemClock)).toEqual({ state: "dead", pid: child.pid });
    expect(lives(child.pid!)).toBe(false);
    expect(await gone).toEqual([7, null]);
  });

  it("gives up on one that stays, after ten seconds", async () => {
    const { child } = await standIn('trap "" TERM; echo ready; exec sleep 1000');
    writeFileSync(place.path, String(child.pid));
    const clock = new ManualClock();
    let settled = false;
    const outcome = stopWorker(place, clock).finally(() => {
      settled = true;
    });
    for (; clock.nowMs() < 20_000; clock.advance(100)) {
      await new Promise((resolve) => setImmediate(resolve));
      if (settled) break;
    }
    expect(await outcome).toEqual({ state: "alive", pid: child.pid });
    expect(clock.nowMs()).toBeGreaterThanOrEqual(10_000);
    expect(clock.nowMs()).toBeLessThan(10_500);
    expect(lives(child.pid!)).toBe(true);
  });

  it("counts a zombie as ended", async () => {
    const { said } = await standIn("sleep 1000 & echo $!; exec sleep 1000");
    writeFileSync(place.path, said);
    expect(await stopWorker(place, systemClock)).toEqual({ state: "dead", pid: Number(said) });
  });

  it("never sends a signal to a process that reuses the pid", async () => {
    const { child } = await standIn("echo ready; exec sleep 1000", "/");
    writeFileSync(place.path, String(child.pid));
    expect(await stopWorker(place, systemClock)).toEqual({ state: "dead", pid: child.pid });
    expect([child.exitCode, child.signalCode, lives(child.pid!)]).toEqual([null, null, true]);
  });

  it("does nothing without a pid file, or if its process has ended", async () => {
    expect(await stopWorker(place, systemClock)).toEqual({ state: "not-running" });
    writeFileSync(place.path, String(NOBODYS_PID));
    expect(await stopWorker(place, systemClock)).toEqual({ state: "dead", pid: NOBODYS_PID });
  });

  it("does not send the graceful signal to a process that it would kill", async () => {
    const { child } = await standIn("echo ready; exec sleep 1000");
    writeFileSync(place.path, String(child.pid));
    const request = { timeoutMs: undefined, onAsked: () => {}, onWait: () => {} };
    await expect(stopGracefully(place, systemClock, request)).rejects.toThrow(
      `process ${child.pid} does not support a graceful stop`,
    );
    expect([child.exitCode, child.signalCode, lives(child.pid!)]).toEqual([null, null, true]);
  });

  it("reports regularly that a graceful stop waits, and ends at the timeout", async () => {
    const { child } = await standIn('trap "echo asked >&2" USR2; echo ready; while :; do sleep 0.05; done 2>&-');
    writeFileSync(place.path, String(child.pid));
    const clock = new ManualClock();
    const told: unknown[] = [];
    let settled = false;
    const outcome = stopGracefully(place, clock, {
      timeoutMs: 35_000,
      onAsked: (pid) => void told.push(pid),
      onWait: (waitedMs) => void told.push(Math.floor(waitedMs / 1000)),
    }).finally(() => {
      settled = true;
    });
    for (; clock.nowMs() < 60_000; clock.advance(100)) {
      await new Promise((resolve) => setImmediate(resolve));
      if (settled) break;
    }
    expect(await outcome).toEqual({ state: "alive", pid: child.pid });
    expect(told).toEqual([child.pid, 10, 20, 30]);
  });

  it("fails if the content of the pid file is not a pid", async () => {
    writeFileSync(place.path, "not a number");
    await expect(stopWorker(place, systemClock)).rejects.toThrow(
      `${place.path} contains 'not a number', which is not a process id`,
    );
  });
});

describe("the command", () => {
  const isRoot = process.geteuid?.() === 0;
  let installation: Installation;
  beforeAll(() => {
    installation = install();
  });
  afterAll(() => installation.remove());

  function basedirWith(pidFile: string): string {
    const basedir = makeBasedir(installation.newPath(), { port: 1 });
    for (const name of ["twistd.pid", "master.pid"]) writeFileSync(join(basedir, name), pidFile);
    // Readable for another user, as none of them is by default.
    for (const file of ["buildbot.tac", "twistd.pid"]) chmodSync(join(basedir, file), 0o644);
    return basedir;
  }

  // Root starts one and becomes somebody else. Anybody else takes the first process, unless that is theirs, as in a container.
  it.skipIf(!isRoot && statSync("/proc/1").uid === process.geteuid?.())(
    "says in one sentence that somebody else's worker is not ours to stop",
    async () => {
      const basedir = basedirWith("1");
      let pid = 1;
      if (isRoot) {
        const child = spawn("sleep", ["1000"], { cwd: basedir, stdio: "ignore" });
        children.push(child);
        pid = child.pid!;
        writeFileSync(join(basedir, "twistd.pid"), String(pid));
      }
      const program = installation.start(
        ["stop", basedir],
        isRoot ? { uid: UNPRIVILEGED_UID, gid: UNPRIVILEGED_UID } : {},
      );
      expect(await program.ended).toEqual({ code: 1, signal: null });
      expect(program.printed).toBe(`cannot stop process ${pid}: Operation not permitted\n`);
      expect(program.complained).toBe("");
    },
  );

  it.skipIf(process.getuid?.() !== 0)(
    "signals nobody whose working directory it may not read, as root in many containers (needs root)",
    async () => {
      const stranger = spawn("sleep", ["1000"], {
        uid: UNPRIVILEGED_UID,
        gid: UNPRIVILEGED_UID,
        cwd: "/",
        stdio: "ignore",
      });
      children.push(stranger);
      const basedir = basedirWith(String(stranger.pid));
      for (const way of [[], ["--graceful"]]) {
        const program = installation.start(["stop", ...way, basedir], {
          under: ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"],
        });
        const end = await program.ended;
        expect([stranger.exitCode, stranger.signalCode, lives(stranger.pid!)]).toEqual([null, null, true]);
        expect(end).toEqual({ code: 1, signal: null });
        expect(program.printed).toBe(
          `cannot stop process ${stranger.pid}: its working directory cannot be read, so it is unknown whether it is the worker of ${basedir}\n`,
        );
      }
    },
  );

  rareTest("says in one sentence that a pid file is none, and ends with 1", 180_000, async () => {
    const basedir = basedirWith("not a number");
    const { code, lines } = await command(["stop", basedir]);
    expect([code, lines]).toEqual([1, [`${basedir}/twistd.pid contains 'not a number', which is not a process id`]]);
  });

  const stopping = [[["stop"]], [["stop", "--graceful"]], [["restart"]], [["master", "stop"]]];
  it.skipIf(noPidNamespace !== "").each(rowsOf(stopping, (_, at) => at % 2 === 1))(
    `%j never signals everybody, which -1 means to the kernel${noPidNamespace}`,
    async (words) => {
      const basedir = basedirWith("-1");
      const script = 'sleep 1000 & "$@"; code=$?; kill -s 0 $! && echo the neighbour lives; exit $code';
      const under = inPidNamespace(["sh", "-c", script, "sh"]);
      const program = installation.start([...words, basedir], { under });
      expect(await program.ended).toEqual({ code: 1, signal: null });
      const file = join(basedir, words[0] === "master" ? "master.pid" : "twistd.pid");
      expect(program.printed).toBe(`${file} contains '-1', which is not a process id\nthe neighbour lives\n`);
    },
  );

  const ways: readonly [readonly string[], readonly string[]][] = [
    [[], ["worker process 4194305 is dead"]],
    [["-q"], []],
  ];
  it.each(rowsOf(ways, (_, at) => at === 0))(
    "with %j takes a worker that is gone for stopped",
    async (options, lines) => {
      const stopped = await command(["stop", ...options, basedirWith(String(NOBODYS_PID))]);
      expect(stopped).toEqual({ code: 0, lines, complained: "" });
    },
  );
});
