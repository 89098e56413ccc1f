// What a run must do on every system, as one table of cases and results. Needs no test runner, so that it can run where none is:
// see test/process/port/contract.process.test.ts and test/wine/contract.test.ts.
import { systemClock } from "../../../src/base/clock.ts";
import { isAlive } from "../../../src/daemon/process-table.ts";
import { type RunRequest, startRun } from "../../../src/process/run/index.ts";
import type { ChildSource } from "../../../src/process/spawn/index.ts";
import { newCookie } from "../../../src/process/tree/index.ts";

interface ContractCase {
  readonly name: string;
  /** For `node -e`; or a program that does not exist. */
  readonly script?: string;
  readonly request?: Partial<Pick<RunRequest, "stdin" | "limits" | "leftovers" | "interruptSignal">>;
  readonly expected: Readonly<Record<string, unknown>>;
}

const FOREVER = "setTimeout(()=>{},600000)";
const START_CHILD = "require('child_process').spawn(process.execPath,['-e','setTimeout(()=>{},600000)'],";
const PRINT_PID = ".on('spawn',function(){console.log(this.pid)})";

/** Whatever a run has started is printed by its pid. */
export const contractCases: readonly ContractCase[] = [
  {
    name: "output of both streams and the exit code arrive",
    script: "console.log('out');console.error('err');process.exitCode=3",
    expected: { type: "exited", code: 3, stdout: "out", stderr: "err" },
  },
  {
    name: "all of much output arrives",
    script: "for(let i=0;i<20000;i++)console.log('line '+i)",
    expected: { type: "exited", code: 0, lines: 20_000 },
  },
  {
    name: "input arrives, and ends",
    script: "process.stdin.pipe(process.stdout)",
    request: { stdin: Buffer.from("typed") },
    expected: { type: "exited", code: 0, stdout: "typed" },
  },
  {
    name: "without input, standard input is at its end",
    script: "process.stdin.resume().on('end',()=>console.log('ended'))",
    expected: { type: "exited", code: 0, stdout: "ended" },
  },
  { name: "a missing program is an outcome", expected: { type: "start-failed" } },
  {
    name: "a timeout kills the program and what it has started",
    script: `${START_CHILD}{stdio:'ignore'})${PRINT_PID};${FOREVER}`,
    request: { limits: { idleTimeoutMs: 3000 } },
    expected: { killedFor: "idle-timeout", leftRunning: 0, survivors: 0 },
  },
  {
    name: "a timeout kills what has left the program's group",
    script: `${START_CHILD}{stdio:'ignore',detached:true})${PRINT_PID};${FOREVER}`,
    request: { limits: { idleTimeoutMs: 3000 } },
    expected: { killedFor: "idle-timeout", leftRunning: 0, survivors: 0 },
  },
  {
    name: "SIGTERM comes first where there is a grace time",
    script: FOREVER,
    request: { limits: { maxTimeMs: 1500, sigtermGraceMs: 2000 } },
    expected: { killedFor: "max-time", leftRunning: 0 },
  },
  {
    name: "what a program leaves behind is killed if that is the rule",
    script: `${START_CHILD}{stdio:'ignore',detached:true}).on('spawn',function(){console.log(this.pid);setTimeout(()=>process.exit(0),500)})`,
    request: { leftovers: "kill" },
    expected: { type: "exited", code: 0, leftKilled: 1, survivors: 0 },
  },
];

/** The results of a case, with the fields that it expects. */
export async function contractResult(
  { script, request, expected }: ContractCase,
  { pipes, environment }: { readonly pipes: ChildSource; readonly environment: Readonly<Record<string, string>> },
): Promise<Readonly<Record<string, unknown>>> {
  const output = { stdout: "", stderr: "" };
  const argv = script === undefined ? [`${process.execPath}-missing.exe`] : [process.execPath, "-e", script];
  const run = startRun({
    limits: {},
    interruptSignal: "KILL",
    ...request,
    argv,
    cwd: process.cwd(),
    env: environment,
    cookie: newCookie(),
    pipes,
    clock: systemClock,
    onKill() {},
    onOutput(name, chunk) {
      output[name] += chunk.toString();
    },
  });
  const outcome = await run.outcome;
  const pids = output.stdout
    .split("\n")
    .filter((line) => /^\d+$/.test(line))
    .map(Number);
  const all: Readonly<Record<string, unknown>> = {
    ...outcome,
    stdout: output.stdout.trim(),
    stderr: output.stderr.trim(),
    lines: output.stdout.trim().split("\n").length,
    leftRunning: outcome.leftRunning?.length ?? 0,
    leftKilled: outcome.leftKilled?.length ?? 0,
    survivors: pids.filter(isAlive).length,
  };
  return Object.fromEntries(Object.keys(expected).map((name) => [name, all[name]]));
}
