// Ends that wait for the running build, as people ask for them: by signals, by shutdown.stamp and by stop --graceful, with a
// master of ours that agrees, refuses, is gone or says nothing.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { type AttachedWorker, type CommandReport, FakeMaster, type FakeMasterOptions } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { greetAll, killWorker, pidOf, command as run } from "./background-workers.ts";
import { type Installation, install, lives, logged, logOf, makeBasedir, type WorkerProgram } from "./worker-program.ts";

/** A port without a server: listening there requires privileges. */
const DEAD_PORT = 1;
const TELLING = "Telling the master we want to shutdown after any running builds are finished";
const AGREED = "the master agreed to shut this worker down when no build runs on it";
const LAST_WORDS = ["Main loop terminated.", "Server Shut Down."];

let installation: Installation;
const masters: FakeMaster[] = [];
const basedirs: string[] = [];

beforeAll(() => {
  installation = install();
});
afterEach(async () => {
  for (const basedir of basedirs.splice(0)) await killWorker(basedir);
  for (const master of masters.splice(0)) await master.close();
});
afterAll(() => installation.remove());

/** Counts the requests for a shutdown, and agrees as a real master does. */
function agreeing(): FakeMasterOptions & { readonly requests: () => number } {
  let requests = 0;
  return {
    requests: () => requests,
    onShutdown() {
      requests += 1;
      return null;
    },
  };
}

interface Session {
  readonly master: FakeMaster;
  readonly attached: AttachedWorker;
  readonly basedir: string;
  readonly program: WorkerProgram;
}

async function session(
  options: FakeMasterOptions,
  variables: Readonly<Record<string, string>>,
  words: readonly string[] = [],
): Promise<Session> {
  const master = await FakeMaster.listen(options);
  masters.push(master);
  const basedir = makeBasedir(installation.newPath(), { port: master.port, variables });
  const program = installation.start(["start", "--nodaemon", "--pidfile=twistd.pid", ...words, basedir]);
  const attached = await master.nextWorker();
  await logged(basedir, "worker is ready");
  return { master, attached, basedir, program };
}

/** A command that ends when `finish` is called. */
async function running(
  attached: AttachedWorker,
  basedir: string,
): Promise<{ report: CommandReport; finish: () => void }> {
  const builder = (await attached.setBuilders("b1")).get("b1")!;
  const gate = join(basedir, "gate");
  const command: JellyValue = `echo begun; until test -e '${gate}'; do sleep 0.05; done; echo finished`;
  const report = await attached.startCommand(builder, "shell", { command, workdir: "build", logEnviron: false });
  await report.printed("stdout", "begun");
  return { report, finish: () => writeFileSync(gate, "") };
}

/** What a master does that has agreed: it waits for the command, and then calls for the end. */
async function letFinish(
  { attached }: Session,
  { report, finish }: Awaited<ReturnType<typeof running>>,
): Promise<void> {
  finish();
  await report.completed;
  expect([report.value("rc"), report.text("stdout")]).toEqual([0, "begun\nfinished\n"]);
  await attached.call("shutdown");
}

const SIGNAL = { allow_shutdown: "'signal'" };
const FILE = { allow_shutdown: "'file'" };

describe("SIGHUP with allow_shutdown = 'signal'", () => {
  it("lets the running command end, and then the worker with 0", async () => {
    const master = agreeing();
    const one = await session(master, SIGNAL);
    const command = await running(one.attached, one.basedir);
    one.program.child.kill("SIGHUP");
    await logged(one.basedir, AGREED);
    await letFinish(one, command);
    expect(await one.program.ended).toEqual({ code: 0, signal: null });
    const log = logOf(one.basedir);
    expect(log).toContain("Setting up SIGHUP handler to initiate shutdown");
    const from = log.indexOf("Initiating shutdown because we got SIGHUP");
    expect(log.slice(from, from + 3)).toEqual(["Initiating shutdown because we got SIGHUP", TELLING, AGREED]);
    expect(log.slice(-3)).toEqual(["worker shutting down on command from master", ...LAST_WORDS]);
    expect(master.requests()).toBe(1);
  });

  it("ends at once a worker that never logged in", async () => {
    const variables = { ...SIGNAL, maxdelay: "300" };
    const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT, variables });
    const program = installation.start(["start", "--nodaemon", basedir]);
    await logged(basedir, "Scheduling retry 1");
    program.child.kill("SIGHUP");
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(logOf(basedir).slice(-4)).toEqual([
      "Initiating shutdown because we got SIGHUP",
      "No active connection, shutting down NOW",
      ...LAST_WORDS,
    ]);
  });

  rareTest("ends a worker immediately that is not attached yet", 180_000, async () => {
    const master = await FakeMaster.listen({ attachesWith: "nothing", passwords: {} });
    masters.push(master);
    const basedir = makeBasedir(installation.newPath(), {
      port: master.port,
      variables: { ...SIGNAL, maxdelay: "300" },
    });
    const program = installation.start(["start", "--nodaemon", basedir]);
    await logged(basedir, "login: ");
    program.child.kill("SIGHUP");
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  rareTest("ends at once after a lost connection", 180_000, async () => {
    const one = await session(agreeing(), { ...SIGNAL, maxdelay: "300" });
    await one.master.close();
    masters.splice(0);
    await logged(one.basedir, "Scheduling retry 1");
    one.program.child.kill("SIGHUP");
    expect(await one.program.ended).toEqual({ code: 0, signal: null });
    expect(logOf(one.basedir)).toContain("No active connection, shutting down NOW");
  });

  rareTest("ends the worker when the connection is lost before the build has ended", 180_000, async () => {
    const one = await session(agreeing(), SIGNAL);
    await running(one.attached, one.basedir);
    one.program.child.kill("SIGHUP");
    await logged(one.basedir, AGREED);
    one.attached.socket.destroy();
    expect(await one.program.ended).toEqual({ code: 0, signal: null });
    expect(logOf(one.basedir).join("\n")).toContain("the connection is lost, and with it the running commands");
  });

  it("ends the worker when the master is silent for as long as it may be", async () => {
    const silent = { onShutdown: () => new Promise<JellyValue>(() => {}) };
    const one = await session(silent, SIGNAL, ["--keepalive-deadline=1"]);
    one.program.child.kill("SIGHUP");
    expect(await one.program.ended).toEqual({ code: 0, signal: null });
    expect(logOf(one.basedir).join("\n")).toContain("shutting down NOW");
  });

  it("leaves a worker running whose master knows no shutdown, and reports it", async () => {
    const one = await session({}, SIGNAL);
    const command = await running(one.attached, one.basedir);
    one.program.child.kill("SIGHUP");
    await logged(one.basedir, "the master does not shut this worker down (");
    command.finish();
    await command.report.completed;
    expect(command.report.value("rc")).toBe(0);
    expect(await one.attached.call("getVersion")).toEqual(expect.any(String));
    one.program.child.kill("SIGTERM");
    expect(await one.program.ended).toEqual({ code: null, signal: "SIGTERM" });
  });
});

it("a touch of shutdown.stamp does the same with allow_shutdown = 'file'", async () => {
  const one = await session(agreeing(), FILE);
  const stamp = join(one.basedir, "shutdown.stamp");
  expect(logOf(one.basedir)).toContain(`Watching ${stamp}'s mtime to initiate shutdown`);
  writeFileSync(stamp, "");
  await logged(one.basedir, AGREED);
  expect(logOf(one.basedir)).toContain(`Initiating shutdown because ${stamp} was touched`);
  await one.attached.call("shutdown");
  expect(await one.program.ended).toEqual({ code: 0, signal: null });
});

describe("SIGTERM with on_sigterm = 'drain'", () => {
  it("lets the running command end, and then ends the worker by the signal", async () => {
    const one = await session(agreeing(), {}, ["--on-sigterm=drain"]);
    const command = await running(one.attached, one.basedir);
    one.program.child.kill("SIGTERM");
    await logged(one.basedir, AGREED);
    await letFinish(one, command);
    expect(await one.program.ended).toEqual({ code: null, signal: "SIGTERM" });
    expect(logOf(one.basedir)).toContain(
      "draining: requested by SIGTERM; waiting for running builds, for at most 1 h; running commands: 1",
    );
    expect(logOf(one.basedir).slice(-2)).toEqual(LAST_WORDS);
  });

  const seconds = rowsOf(["SIGTERM", "SIGINT"] as const, (second) => second === "SIGINT");
  it.each(seconds)("does not wait any more after %s", async (second) => {
    const one = await session(agreeing(), {}, ["--on-sigterm=drain"]);
    const { report } = await running(one.attached, one.basedir);
    one.program.child.kill("SIGTERM");
    await logged(one.basedir, AGREED);
    one.program.child.kill(second);
    expect(await one.program.ended).toEqual({ code: null, signal: second });
    expect(report.completions).toBe(0);
    expect(logOf(one.basedir)).toContain(`Received ${second}, shutting down.`);
    expect(logOf(one.basedir).slice(-2)).toEqual(LAST_WORDS);
  });

  it("waits no longer than drain_limit", async () => {
    const one = await session(agreeing(), {}, ["--on-sigterm=drain", "--drain-limit=0.2"]);
    await running(one.attached, one.basedir);
    one.program.child.kill("SIGTERM");
    expect(await one.program.ended).toEqual({ code: null, signal: "SIGTERM" });
    expect(logOf(one.basedir).join("\n")).toContain(
      "draining: the limit of 0.2 s is reached; running commands are killed",
    );
  });

  rareTest("waits for the running command under a master that knows no shutdown", 180_000, async () => {
    const one = await session({}, {}, ["--on-sigterm=drain", "--drain-quiet=0.1"]);
    const command = await running(one.attached, one.basedir);
    one.program.child.kill("SIGTERM");
    await logged(one.basedir, "draining: the master does not help (");
    command.finish();
    await command.report.completed;
    expect(command.report.value("rc")).toBe(0);
    expect(await one.program.ended).toEqual({ code: null, signal: "SIGTERM" });
    expect(logOf(one.basedir).join("\n")).toContain("draining: no command has run for 0.1 s");
  });

  rareTest("ends at once without a connection", 180_000, async () => {
    const basedir = makeBasedir(installation.newPath(), { port: DEAD_PORT, variables: { maxdelay: "300" } });
    const program = installation.start(["start", "--nodaemon", "--on-sigterm=drain", basedir]);
    await logged(basedir, "Scheduling retry 1");
    program.child.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
    expect(logOf(basedir).join("\n")).toContain("No active connection, shutting down NOW");
  });
});

describe("stop --graceful", () => {
  it("waits for the running command and the end, whatever allow_shutdown says", async () => {
    const one = await session(agreeing(), {});
    const command = await running(one.attached, one.basedir);
    const pid = pidOf(one.basedir);
    let stopped = false;
    const stop = run(["stop", "--graceful", one.basedir]).finally(() => {
      stopped = true;
    });
    await logged(one.basedir, AGREED);
    expect(stopped).toBe(false);
    await letFinish(one, command);
    const lines = ["exits when its running builds are complete", "is dead"].map(
      (end) => `worker process ${pid} ${end}`,
    );
    expect(await stop).toEqual({ code: 0, lines, complained: "" });
    expect(await one.program.ended).toEqual({ code: 0, signal: null });
  });

  rareTest("ends with 124 at its timeout, and the worker after its command", 180_000, async () => {
    const one = await session(agreeing(), {});
    const command = await running(one.attached, one.basedir);
    const pid = pidOf(one.basedir);
    const { code, lines } = await run(["stop", "--graceful", "--timeout=0.5", one.basedir]);
    expect(code).toBe(124);
    expect(lines.at(-1)).toBe(`worker process ${pid} is still waiting for its builds, and exits after them`);
    await letFinish(one, command);
    expect(await one.program.ended).toEqual({ code: 0, signal: null });
  });

  rareTest("that is interrupted leaves the worker waiting, and reports it", 180_000, async () => {
    const one = await session(agreeing(), {});
    const command = await running(one.attached, one.basedir);
    const stop = installation.start(["stop", "--graceful", one.basedir]);
    await poll("stop to have asked it", () => stop.printed.includes("exits when"));
    stop.child.kill("SIGINT");
    expect(await stop.ended).toEqual({ code: null, signal: "SIGINT" });
    expect(stop.printed).toContain("is still waiting for its builds");
    await letFinish(one, command);
    expect(await one.program.ended).toEqual({ code: 0, signal: null });
  });

  rareTest("is cut short by plain stop", 180_000, async () => {
    const one = await session(agreeing(), {});
    await running(one.attached, one.basedir);
    const stop = installation.start(["stop", "--graceful", one.basedir]);
    await logged(one.basedir, AGREED);
    expect((await run(["stop", "-q", one.basedir])).code).toBe(0);
    expect(await one.program.ended).toEqual({ code: null, signal: "SIGTERM" });
    expect((await stop.ended).code).toBe(0);
  });

  const refusals: readonly [readonly string[], string][] = [
    [["--timeout=5"], "--timeout needs --graceful"],
    [["--graceful", "--timeout=soon"], "--timeout must be a number of seconds up to 2000000"],
  ];
  it.each(rowsOf(refusals, (_, at) => at === 0))("refuses %j", async (words, sentence) => {
    const { code, lines } = await run(["stop", ...words, installation.newPath()]);
    expect([code, lines.at(-1)]).toEqual([1, `buildhand:  ${sentence}`]);
  });
});

it("restart --graceful starts the worker again once its command has ended, and not before", async () => {
  const master = await FakeMaster.listen(agreeing());
  masters.push(master);
  const basedir = makeBasedir(installation.newPath(), { port: master.port });
  basedirs.push(basedir);
  await run(["start", "-q", basedir]);
  const attached = await master.nextWorker();
  await logged(basedir, "worker is ready");
  const pid = pidOf(basedir);
  const command = await running(attached, basedir);
  const early = await run(["restart", "--graceful", "--timeout=0.2", basedir]);
  expect([early.code, pidOf(basedir)]).toEqual([124, pid]);
  const restart = installation.start(["restart", "--graceful", "--timeout", "60", "--umask=027", basedir]);
  await poll("restart to have asked it", () => restart.printed.includes("exits when"));
  command.finish();
  await command.report.completed;
  greetAll(master);
  await attached.call("shutdown");
  expect(await restart.ended, restart.printed).toEqual({ code: 0, signal: null });
  expect(lives(pid)).toBe(false);
  expect(/^Umask:\s*(\d+)$/m.exec(readFileSync(`/proc/${pidOf(basedir)}/status`, "latin1"))?.[1]).toBe("0027");
});

describe("a master's order to shut down", () => {
  rareTest("ends a worker that has not been given its builders yet", 180_000, async () => {
    const master = await FakeMaster.listen({ attachesWith: "nothing" });
    masters.push(master);
    const basedir = makeBasedir(installation.newPath(), { port: master.port });
    const program = installation.start(["start", "--nodaemon", basedir]);
    const attached = await master.nextWorker();
    expect(await attached.call("shutdown")).toBeNull();
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  it("ends it once when it is given twice, and when the connection is closed behind it", async () => {
    const { attached, program, basedir } = await session({}, {});
    await Promise.all([attached.call("shutdown"), attached.call("shutdown")]);
    attached.socket.destroy();
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(logOf(basedir).filter((entry) => entry === "Server Shut Down.")).toHaveLength(1);
  });
});
