// Everything of a command is found and killed twice over: by `ProcessTree` and `sweep`, in the worker and in the next one,
// and by the shell of the supervisor once the worker is gone. One table of what a command may do holds for both; where they
// differ, a row says so.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import {
  runningAfter,
  type SupervisedCommand,
  startedLine,
} from "../../src/process/crash-safety/supervised-command.ts";
import { SUPERVISOR_NAME, supervisorScript } from "../../src/process/crash-safety/supervisor-script.ts";
import { PipePool } from "../../src/process/spawn/pipe-pool.ts";
import { COOKIE_NAME, ControlGroups, newCookie, readProcess, sweep, withCookie } from "../../src/process/tree/index.ts";
import { ProcessTree } from "../../src/process/tree/process-tree.ts";
import { poll } from "../support/poll.ts";
import { rowsOf } from "../support/sized.ts";
import { type Mark, newMark, stormScript } from "./escapes.ts";
import { lackOfControlGroups, makeRealGroup, type RealGroup } from "./real-control-group.ts";
import { isAlive, killRunning, processState } from "./run-program.ts";

const finders = ["the worker", "the next worker", "the shell"] as const;
type Finder = (typeof finders)[number];

interface Row {
  readonly what: string;
  /** Prints the number of each process that it is about, and ends or becomes `sleep`. */
  readonly script: string;
  /** How many numbers; default 1. */
  readonly count?: number;
  readonly hasCookie: boolean;
  /** The first process ends by itself before anything is killed. */
  readonly isOver?: true;
  /** What is known of the command, if that is not the truth. */
  readonly known?: (command: SupervisedCommand) => SupervisedCommand;
  /** Who leaves the printed processes alive; default nobody. */
  readonly sparedBy?: readonly Finder[];
  /** Another row is this one and more. */
  readonly isSimpler?: true;
}

const STAY = "exec sleep 1000";
const SILENT = "exec </dev/null >/dev/null 2>&1;";
/** A program that prints its number and stays; `how` is what it does about its streams or signals. */
const program = (how = SILENT) => `sh -c 'echo $$; ${how} ${STAY}'`;
const DAEMON = `(setsid ${program()} &)`;
const nested = (script: string) => script.replaceAll("$$", "\\$\\$").replaceAll('"', '\\"');

const rows: readonly Row[] = [
  { what: "a child in its group", script: `${program()} & wait`, hasCookie: false },
  { what: "a child in a group of its own", script: `set -m; ${program()} & wait`, hasCookie: false },
  { what: "a child in another session", script: `setsid ${program()} & wait`, hasCookie: false, isSimpler: true },
  {
    what: "a child in another session that is deaf to signals",
    script: `setsid ${program(`trap "" TERM HUP INT; ${SILENT}`)} & wait`,
    hasCookie: false,
  },
  { what: "a child that is stopped", script: "sh -c 'echo $$; kill -STOP $$' & wait", hasCookie: false },
  {
    what: "a session below another",
    script: `setsid sh -c "${nested(`setsid ${program()} & wait`)}" & wait`,
    hasCookie: false,
    isSimpler: true,
  },
  {
    what: "a session below another, with an environment of its own",
    script: `setsid sh -c "${nested(`env -i setsid ${program()} & wait`)}" & wait`,
    hasCookie: true,
  },
  { what: "an orphan in its session", script: `(${program()} &); ${STAY}`, hasCookie: false },
  {
    what: "an orphan in its session whose first process is gone",
    script: `(${program()} &)`,
    hasCookie: false,
    isOver: true,
    sparedBy: ["the next worker"],
  },
  {
    what: "an orphan in another session that has its output open",
    script: `(setsid ${program("")} &); ${STAY}`,
    hasCookie: false,
    sparedBy: ["the next worker", "the shell"],
  },
  { what: "an orphan in another session", script: `${DAEMON}; ${STAY}`, hasCookie: true },
  {
    what: "an orphan in another session whose first process is gone",
    script: DAEMON,
    hasCookie: true,
    isOver: true,
    isSimpler: true,
  },
  {
    what: "what such an orphan has started, with an environment of its own",
    script: `(setsid sh -c 'echo $$; env -i setsid sh -c "${nested(`echo $$; ${SILENT} ${STAY}`)}" & ${SILENT} ${STAY}' &)`,
    count: 2,
    hasCookie: true,
    isOver: true,
  },
  {
    what: "an orphan in another session without a trace",
    script: `${DAEMON}; ${STAY}`,
    hasCookie: false,
    sparedBy: finders,
  },
  {
    what: "an orphan that has the text of the cookie in another variable",
    script: `(env -u ${COOKIE_NAME} COPY="${COOKIE_NAME}=$${COOKIE_NAME}" setsid ${program()} &); ${STAY}`,
    hasCookie: true,
    sparedBy: ["the worker", "the next worker"],
  },
  {
    what: "somebody else whose number was the command's before",
    script: `${program()} & wait`,
    hasCookie: false,
    known: (command) => ({ ...command, startTicks: (command.startTicks ?? 0) - 1 }),
    sparedBy: finders,
  },
  {
    what: "somebody else who has another cookie",
    script: `${DAEMON}; ${STAY}`,
    hasCookie: true,
    known: (command) => ({ ...command, cookie: newCookie() }),
    sparedBy: finders,
  },
];

const shells = [
  ...new Set(
    ["/bin/sh", "/bin/bash", "/bin/dash", "/bin/busybox"].filter(existsSync).map((path) => realpathSync(path)),
  ),
];

const pipes = new PipePool({ onFallback: () => {} });
let directory: string;
const strays: number[] = [];
/** Of all that the test has started. */
let mark: Mark;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-killing-"));
});
beforeEach(() => {
  mark = newMark();
});
afterEach(() => {
  killRunning([...strays.splice(0), ...mark.bearers()]);
});
afterAll(() => {
  pipes.close();
  rmSync(directory, { recursive: true });
});

interface StartedCommand {
  readonly tree: ProcessTree;
  readonly command: SupervisedCommand;
  /** The numbers that it prints, once there are so many. */
  readonly printedPids: (count: number) => Promise<readonly number[]>;
  readonly ended: Promise<unknown>;
}

function startCommand(script: string, hasCookie: boolean, groups?: ControlGroups): StartedCommand {
  const cookie = hasCookie ? newCookie() : undefined;
  const piped = pipes.spawn({
    argv: ["sh", "-c", script],
    cwd: "/",
    env: withCookie({ PATH: process.env["PATH"] ?? "", ...mark.env }, cookie),
    withInput: false,
  });
  const { pid: leaderPid = 0 } = piped.child;
  const controlGroup = groups?.place(leaderPid);
  const { outputInodes } = piped;
  const tree = new ProcessTree({ clock: systemClock, leaderPid, cookie, controlGroup, outputInodes });
  let printed = "";
  piped.stdout.listen((chunk) => {
    printed += String(chunk);
  });
  const ended = new Promise((resolve) => piped.child.once("exit", resolve));
  void ended.then(() => tree.noteLeaderReaped());
  const printedPids = async (count: number) => {
    await poll(`${count} numbers`, () => printed.split("\n").length > count);
    const pids = printed.split("\n").slice(0, count).map(Number);
    strays.push(leaderPid, ...pids);
    return pids;
  };
  const { startTicks } = tree;
  return { tree, command: { leaderPid, startTicks, cookie, controlGroup }, printedPids, ended };
}

/** Each way of killing with the finder that it is. */
const killers: readonly (readonly [string, Finder, (started: StartedCommand, place?: string) => Promise<unknown>])[] = [
  ["the worker", "the worker", ({ tree, command }) => sweep(isKnownAs(tree, command), systemClock)],
  [
    "the next worker",
    "the next worker",
    ({ command }) => {
      const [{ leaderPid, startTicks = 0, cookie } = command] = runningAfter(startedLine(command));
      const outputInodes = () => [];
      return sweep(new ProcessTree({ clock: systemClock, leaderPid, startTicks, cookie, outputInodes }), systemClock);
    },
  ],
  ...shells.map(
    (path) =>
      [
        `the shell as ${path}`,
        "the shell",
        async ({ command }: StartedCommand, place?: string) => {
          const argv = [...(path.endsWith("busybox") ? ["sh"] : []), "-c", supervisorScript(), SUPERVISOR_NAME];
          const shell = spawn(path, place === undefined ? argv : [...argv, place], {
            stdio: ["pipe", "ignore", "ignore"],
            detached: true,
          });
          shell.stdin?.end(startedLine(command));
          await once(shell, "exit");
        },
      ] as const,
  ),
];

/** The tree of the child, or of a command that is another. */
function isKnownAs(tree: ProcessTree, { leaderPid, startTicks = 0, cookie }: SupervisedCommand): ProcessTree {
  if (startTicks === tree.startTicks && cookie === tree.cookie) return tree;
  const outputInodes = () => [];
  return new ProcessTree({ clock: systemClock, leaderPid, startTicks, cookie, outputInodes });
}

// /bin/sh stands for all shells.
const isTypical = ([name, finder]: (typeof killers)[number]) =>
  finder !== "the shell" || name.endsWith(shells[0] ?? "");

describe.each(rowsOf(killers, isTypical))("%s", (_name, finder, kill) => {
  const outcome = (row: Row) => (row.sparedBy?.includes(finder) ? "leaves" : "kills");

  const typical = rowsOf(rows, ({ isSimpler }) => !isSimpler);
  test.each(typical.map((row) => [outcome(row), row.what, row] as const))("%s %s", async (_does, _what, row) => {
    const { script, count = 1, hasCookie, isOver, known = (command) => command, sparedBy = [] } = row;
    const stranger = startCommand(program(), true);
    const [strangersPid = 0] = await stranger.printedPids(1);
    const started = startCommand(script, hasCookie);
    const pids = await started.printedPids(count);
    if (isOver) await started.ended;
    await poll("the programs to be what they will be", () => pids.every(isAsleep));
    await kill({ ...started, command: known(started.command) });
    expect(pids.map(isAlive)).toEqual(pids.map(() => sparedBy.includes(finder)));
    expect(isAlive(strangersPid)).toBe(true);
  });

  const storms = [
    ["in its session", { count: 100, start: "", pause: "" }],
    ["that all leave for sessions of their own", { count: 10, start: "setsid", pause: "sleep 0.2\n" }],
  ] as const;
  // Those that the worker kills: escapes.process.test.ts.
  test.each(rowsOf(storms, ([, { start }]) => finder === "the shell" && start !== ""))(
    "kills a storm of processes that start others and end, %s",
    async (_where, { count, start, pause }) => {
      const path = join(directory, `storm-${count}.sh`);
      writeFileSync(path, `${pause}START=${start}\n${stormScript}`);
      const script = `i=0; while [ $i -lt ${count} ]; do sh ${path} 300 & i=$((i + 1)); done; echo $$; ${STAY}`;
      const started = startCommand(script, true);
      await started.printedPids(1);
      await kill(started);
      for (let look = 0; look < 20; look += 1) expect(mark.bearers()).toEqual([]);
    },
  );
});

const lack = lackOfControlGroups();

describe.skipIf(lack !== undefined)(`in a control group${lack === undefined ? "" : ` (left out: ${lack})`}`, () => {
  let group: RealGroup;
  beforeAll(() => {
    group = makeRealGroup();
  });
  afterAll(() => group.remove());

  test.each(rowsOf(killers, isTypical).filter(([, finder]) => finder !== "the next worker"))(
    "%s kills an orphan without a trace",
    async (_name, _finder, kill) => {
      const script = `sleep 0.3; (env -i setsid ${program()} &); ${STAY}`;
      const started = startCommand(script, false, new ControlGroups(group.directory));
      const pids = await started.printedPids(1);
      await poll("the program to sleep", () => pids.every(isAsleep));
      await kill(started, group.directory);
      await poll("the end of the program", () => !pids.some(isAlive));
    },
  );
});

/** Whether it has become `sleep`, so that all it does about streams and signals is done, or is stopped. */
function isAsleep(pid: number): boolean {
  return readProcess(pid)?.program === "sleep" || processState(pid) === "T";
}
