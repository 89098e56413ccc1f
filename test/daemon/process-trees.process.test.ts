// What commands start and where it goes, seen from outside of the program: nothing outlives an end that is not its own.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RECORD_PREFIX } from "../../src/process/crash-safety/running-record.ts";
import { SUPERVISOR_NAME } from "../../src/process/crash-safety/supervisor-script.ts";
import { COOKIE_NAME } from "../../src/process/tree/command-cookie.ts";
import { allPids, readProcess } from "../../src/process/tree/process-list.ts";
import type { JellyValue, Remote } from "../../src/wire/jelly/values.ts";
import { escapeNames, newMark, startEscapes } from "../process/escapes.ts";
import { lackOfControlGroups, makeRealGroup, type RealGroup } from "../process/real-control-group.ts";
import { type AttachedWorker, type CommandReport, FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { type Installation, install, lives, logged, logOf, makeBasedir, type WorkerProgram } from "./worker-program.ts";

let installation: Installation;
const masters: FakeMaster[] = [];
const marks: ReturnType<typeof newMark>[] = [];

beforeAll(() => {
  installation = install();
});
afterEach(async () => {
  for (const master of masters.splice(0)) await master.close();
  for (const { bearers } of marks.splice(0)) for (const pid of bearers()) process.kill(pid, "SIGKILL");
});
afterAll(async () => {
  await (await shared)?.master.close();
  await installation.remove();
});

interface Session {
  readonly master: FakeMaster;
  readonly basedir: string;
  readonly program: WorkerProgram;
  readonly attached: AttachedWorker;
  readonly builder: Remote;
}

interface SessionOptions {
  readonly basedir?: string;
  readonly master?: FakeMaster;
  readonly variables?: Record<string, string>;
  readonly under?: readonly string[];
  readonly environment?: Record<string, string>;
}

async function session({ variables = {}, ...options }: SessionOptions = {}): Promise<Session> {
  const master = options.master ?? (await FakeMaster.listen());
  if (options.master === undefined) masters.push(master);
  const basedir = options.basedir ?? makeBasedir(installation.newPath(), { port: master.port, variables });
  const program = installation.start(["start", "--nodaemon", basedir], {
    under: options.under ?? [],
    environment: options.environment ?? {},
  });
  const attached = await master.nextWorker();
  const builder = (await attached.setBuilders("b1")).get("b1");
  if (builder === undefined) throw new Error("the worker has no builder");
  return { master, basedir, program, attached, builder };
}

/** Of tests that leave the worker as it is. */
let shared: Promise<Session> | undefined;
const sharedSession = () => (shared ??= FakeMaster.listen().then((master) => session({ master })));

function newBearers() {
  const mark = newMark();
  marks.push(mark);
  return mark;
}

async function startCommand({ attached, builder }: Session, command: string, others: Record<string, JellyValue> = {}) {
  const { env, bearers } = newBearers();
  const args = { command, workdir: "build", logEnviron: false, ...others };
  const environment = new Map<JellyValue, JellyValue>([...Object.entries(env), ...((others["env"] ?? []) as [])]);
  const report = await attached.startCommand(builder, "shell", { ...args, env: environment });
  return { report, bearers };
}

/** The number behind a name that the command printed. */
function printedPid(report: CommandReport, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(report.text("stdout"))?.[1]);
}

function supervisorOf({ program }: Session): number {
  const children = allPids()
    .map(readProcess)
    .filter((one) => one !== undefined)
    .filter(({ parent }) => parent === program.child.pid);
  const found = children.find(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(SUPERVISOR_NAME));
  if (found === undefined) throw new Error("there is no supervisor");
  return found.pid;
}

describe("of a command that is ended by", () => {
  type End = (session: Session, report: CommandReport) => Promise<unknown>;
  const ends: readonly [string, Record<string, JellyValue>, End][] = [
    ["its timeout", { timeout: 2 }, (_, report) => report.completed],
    ["its longest time", { maxTime: 2 }, (_, report) => report.completed],
    ["too many lines", { max_lines: escapeNames.length + 1 }, (_, report) => report.completed],
    [
      "its master's wish",
      {},
      async ({ attached, builder }, report) => {
        await attached.broker.call(builder, "interruptCommand", [report.id, "the test asks for it"]);
        await report.completed;
      },
    ],
    [
      "the loss of its master",
      {},
      async ({ attached, master }) => {
        attached.socket.destroy();
        await master.nextWorker();
      },
    ],
    [
      "SIGTERM to the worker",
      {},
      async ({ program }) => {
        program.child.kill("SIGTERM");
        await program.ended;
      },
    ],
    [
      "SIGKILL to the worker",
      {},
      async ({ program }) => {
        program.child.kill("SIGKILL");
        await program.ended;
      },
    ],
  ];
  const typicalEnds = ["its timeout", "its master's wish", "SIGKILL to the worker"];
  it.each(rowsOf(ends, ([by]) => typicalEnds.includes(by)))("%s nothing is left", async (by, args, end) => {
    const one = await (/worker|loss/.test(by) ? session() : sharedSession());
    const { report, bearers } = await startCommand(one, `${startEscapes}; seq 100 >&2; exec sleep 1000`, args);
    if (by !== "too many lines") {
      await report.printed("stdout", "ready");
      for (const name of escapeNames) expect(lives(printedPid(report, name)), name).toBe(true);
    }
    await end(one, report);
    if (by.startsWith("SIGKILL")) await poll("all of the command to be gone", () => bearers().length === 0);
    expect(bearers()).toEqual([]);
    expect(report.text("header")).not.toContain("still running");
  });
});

describe("a command that ends by itself", () => {
  const DAEMON = "(setsid sh -c 'echo daemon $$; exec sleep 1000 </dev/null >/dev/null 2>&1' &); sleep 0.2";

  it("leaves what it left, named in one header line and in the log", async () => {
    const one = await session();
    const { report } = await startCommand(one, DAEMON);
    await report.completed;
    const pid = printedPid(report, "daemon");
    expect(lives(pid)).toBe(true);
    expect(report.text("header").match(/^.*left running: .*$/gm)).toEqual([
      `buildhand: left running: process ${pid} (sleep)`,
    ]);
    await logged(one.basedir, `left running: process ${pid} (sleep)`);
    one.program.child.kill("SIGTERM");
    await one.program.ended;
    expect(lives(pid)).toBe(true);
  });

  it("leaves nothing with leftovers = 'kill', and reports it", async () => {
    const one = await session({ environment: { BUILDHAND_LEFTOVERS: "kill" } });
    const { report, bearers } = await startCommand(one, DAEMON);
    await report.completed;
    expect(bearers()).toEqual([]);
    const pid = printedPid(report, "daemon");
    expect(report.text("header")).toContain(`buildhand: killed leftover processes: process ${pid} (sleep)\n`);
    expect(report.value("rc")).toBe(0);
  });

  rareTest("with linger_limit does not wait forever for those who hold its output", 180_000, async () => {
    const one = await session({ environment: { BUILDHAND_LINGER_LIMIT: "0.3" } });
    const { report } = await startCommand(one, "setsid sleep 1000 & echo holder $!; exit 7");
    await report.completed;
    const pid = printedPid(report, "holder");
    expect(report.value("rc")).toBe(7);
    expect(report.text("header")).toMatch(
      new RegExp(
        `^buildhand: no longer waiting for its output, which is held open by process ${pid} \\(\\w+\\)\nbuildhand: left`,
        "m",
      ),
    );
    expect(lives(pid)).toBe(true);
  });
});

describe("the cookie", () => {
  it("is in the environment of every command, but not in the list of its variables", async () => {
    const one = await sharedSession();
    const { report } = await startCommand(one, `echo "[$${COOKIE_NAME}]"`, { logEnviron: true });
    await report.completed;
    expect(report.text("stdout")).toMatch(/^\[[0-9a-f-]{36}\]\n$/);
    expect(report.text("header")).not.toContain(`  ${COOKIE_NAME}=`);
  });

  rareTest("is left out for a master that sets the variable to nothing", 180_000, async () => {
    const one = await sharedSession();
    const { report } = await startCommand(one, `echo "[$${COOKIE_NAME}]"`, {
      env: [[COOKIE_NAME, null]] as unknown as JellyValue,
    });
    await report.completed;
    expect(report.text("stdout")).toBe("[]\n");
  });
});

describe("a start", () => {
  it("kills what a worker was running that was killed with its supervisor, and not what was left on purpose", async () => {
    const first = await session();
    const over = await startCommand(
      first,
      "(setsid sh -c 'echo daemon $$; exec sleep 1000 </dev/null >/dev/null 2>&1' &); sleep 0.2",
    );
    await over.report.completed;
    const { report, bearers } = await startCommand(first, `${startEscapes}; exec sleep 1000`);
    await report.printed("stdout", "ready");
    const supervisor = supervisorOf(first);
    process.kill(supervisor, "SIGSTOP"); // or it would be faster than we are
    first.program.child.kill("SIGKILL");
    await first.program.ended;
    process.kill(supervisor, "SIGKILL");
    expect(bearers().length).toBeGreaterThanOrEqual(escapeNames.length);
    const second = await session({ basedir: first.basedir, master: first.master });
    expect(bearers()).toEqual([]);
    expect(
      logOf(first.basedir).filter((line) => line.startsWith("killing the commands of worker process ")),
    ).toHaveLength(1);
    expect(lives(printedPid(over.report, "daemon"))).toBe(true);
    second.program.child.kill("SIGTERM");
    await second.program.ended;
    expect(readdirSync(first.basedir).filter((name) => name.startsWith(RECORD_PREFIX))).toEqual([]);
  });
});

const lack = lackOfControlGroups();

describe.skipIf(lack !== undefined)(`in a control group${lack === undefined ? "" : ` (left out: ${lack})`}`, () => {
  let group: RealGroup;
  beforeEach(() => {
    group = makeRealGroup();
  });
  afterEach(() => group.remove());
  const groupsOf = () => readdirSync(group.directory).filter((name) => name.startsWith("buildhand-"));
  const inGroup = (): SessionOptions => ({
    under: ["sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', group.directory],
    environment: { BUILDHAND_CGROUPS: "on" },
  });
  const untraceable =
    "sleep 0.3; (setsid env -i sh -c 'echo daemon $$; exec sleep 1000 </dev/null >/dev/null 2>&1' &); exec sleep 1000";

  async function startUntraceable(one: Session) {
    const { report } = await startCommand(one, untraceable);
    await report.printed("stdout", "\n");
    return { report, pid: printedPid(report, "daemon") };
  }

  it("nothing of an interrupted command is left, whatever it did, and the worker stays where it was", async () => {
    const one = await session(inGroup());
    const { report, pid } = await startUntraceable(one);
    expect(groupsOf()).toEqual([`buildhand-${one.program.child.pid}-1`]);
    await one.attached.broker.call(one.builder, "interruptCommand", [report.id, "the test asks for it"]);
    await report.completed;
    expect(lives(pid)).toBe(false);
    expect(readFileSync(join(group.directory, "cgroup.procs"), "latin1").split("\n")).toContain(
      `${one.program.child.pid}`,
    );
    one.program.child.kill("SIGTERM");
    await one.program.ended;
    expect(groupsOf()).toEqual([]);
  });

  it("nothing is left when the worker is killed, and no group either", async () => {
    const one = await session(inGroup());
    const { pid } = await startUntraceable(one);
    one.program.child.kill("SIGKILL");
    await one.program.ended;
    await poll("the daemon to be gone", () => !lives(pid));
    await poll("the group to be gone", () => groupsOf().length === 0);
  });

  it("with cgroups = 'off' none is made", async () => {
    const options = inGroup();
    const one = await session({ ...options, environment: { ...options.environment, BUILDHAND_CGROUPS: "off" } });
    const { pid } = await startUntraceable(one);
    expect(groupsOf()).toEqual([]);
    process.kill(pid, "SIGKILL");
    one.program.child.kill("SIGTERM");
    await one.program.ended;
  });
});
