// Runs the programs of one command, one after the other, and tells the master all about each: headers, output as it
// comes, why it was killed, how it ended. What that means for the command, the command knows.
import { resolve } from "node:path";
import type { FailureReason } from "../../base/command-update.ts";
import { errors, errorText } from "../../base/errors.ts";
import type { CommandOutput } from "../../output/command-output.ts";
import { mergeEnvironment } from "../../process/environment.ts";
import { type LogFile, LogWatch } from "../../process/log-watch.ts";
import { type ListedProcess, namesOf } from "../../process/process-list.ts";
import { type Run, startRun } from "../../process/run.ts";
import type { KillReason, RunOutcome } from "../../process/run-outcome.ts";
import type { OutputName } from "../../process/run-request.ts";
import type { CommandContext, InterruptManner } from "../command.ts";
import { makeDirectories } from "../make-directories.ts";
import { osErrorText } from "../os-error.ts";
import { headerLines } from "./headers.ts";
import { LineCount } from "./line-count.ts";
import type { Program } from "./program.ts";

/** The rc of what was killed. */
export const KILLED_RC = -1;
/** The rc of a program that could not be executed. */
const NOT_EXECUTED_RC = 1;

const failureReasons: Readonly<Record<KillReason, FailureReason | undefined>> = {
  "idle-timeout": "timeout_without_output",
  "max-time": "timeout",
  "output-limit": "max_lines_failure",
  interrupted: undefined,
};

/** Needs the command's congestion to itself. */
export class ProgramRunner {
  readonly #context: CommandContext;
  #run: Run | undefined;
  #logs: LogWatch | undefined;
  #congested = false;
  #interrupted = false;

  constructor(context: CommandContext) {
    this.#context = context;
    context.peer.onCongestion((congested) => this.#pace(congested));
  }

  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** Kills what runs; nothing is started any more. */
  interrupt(manner?: InterruptManner): void {
    this.#interrupted = true;
    // What its logs still hold is not worth the wait when nobody hears of it, or when the program is gone.
    if (manner === "at-once" || this.#logs?.isFinishing) this.#logs?.stop();
    if (manner === "at-once") this.#run?.kill();
    else this.#run?.interrupt("interrupted");
  }

  /**
   * Runs a program to its end; resolves to its rc. Rejects with ERR_ENV_VALUE and ERR_NOT_STARTED before
   * there is a process, and with ERR_PROCESS_SURVIVED when it does not go.
   */
  async run(program: Program, output: CommandOutput, logFiles: readonly LogFile[] = []): Promise<number> {
    const { clock, environment } = this.#context;
    const startedMs = clock.nowMs();
    const env = mergeEnvironment(environment, program.env, resolve(program.workdir));
    await this.#makeReady(program, output);
    for (const line of headerLines(program, env)) output.header(line);
    this.#log(program, "RunProcess._startCommand");
    this.#log(program, `  in dir ${program.workdir}`);
    const outcome = await this.#runWatched(logFiles, output, () => this.#start(program, env, output));
    if (outcome === undefined) return reportNotRun(program, output);
    const rc = exitStatus(outcome);
    this.#tellLeftRunning(program, output, outcome);
    reportEnd(outcome, program, output);
    if (outcome.type === "survived") throw errors.processSurvived(outcome.signal);
    const elapsed = ((clock.nowMs() - startedMs) / 1000).toFixed(6);
    this.#log(program, `${endText(outcome)}, elapsedTime: ${elapsed}`);
    output.header(`elapsedTime=${elapsed}\n`);
    return rc;
  }

  /** What prevents a start is told on stderr, where people look for it. */
  async #makeReady({ argv, workdir, logName }: Program, output: CommandOutput): Promise<void> {
    try {
      if (argv.length === 0) throw new RangeError("the command is an empty list");
      await makeDirectories(workdir);
    } catch (error) {
      const text = osErrorText(error) ?? errorText(error);
      const line = `error in RunProcess._startCommand (${text})`;
      this.#context.log(`(command ${logName}): ${line}`);
      output.write("stderr", Buffer.from(`${line}\n`));
      throw errors.notStarted.from(error, text);
    }
  }

  /** Undefined when an interrupt came before there was a process. */
  async #runWatched(
    files: readonly LogFile[],
    output: CommandOutput,
    start: () => Run,
  ): Promise<RunOutcome | undefined> {
    const onBytes = (name: string, bytes: Buffer) => {
      this.#run?.noteActivity();
      output.log(name, bytes);
    };
    const logs = new LogWatch({ clock: this.#context.clock, files, onBytes });
    this.#logs = logs;
    if (this.#congested) logs.pause();
    try {
      await logs.remember();
      if (this.#interrupted) return undefined;
      const run = start();
      logs.start();
      const outcome = await run.outcome;
      await logs.finish();
      return outcome;
    } finally {
      await logs.close();
    }
  }

  #start(program: Program, env: Record<string, string>, output: CommandOutput): Run {
    const { clock, pipes, supervisor } = this.#context;
    const lines = new LineCount(program.maxLines);
    const run = startRun({
      argv: program.argv,
      shownProgram: program.shownProgram,
      cwd: program.workdir,
      env,
      stdin: program.stdin,
      pipes,
      supervisor,
      clock,
      limits: {
        idleTimeoutMs: milliseconds(program.timeout?.seconds),
        maxTimeMs: milliseconds(program.maxTime?.seconds),
        // No time at all is still a SIGTERM before the other signal.
        sigtermGraceMs: program.sigtermSeconds === 0 ? 1 : milliseconds(program.sigtermSeconds),
      },
      interruptSignal: program.interruptSignal,
      onOutput(name, chunk) {
        if (!isWanted(program, name)) return;
        if (lines.add(chunk)) run.interrupt("output-limit");
        output.write(name, chunk);
      },
      onKill: (reason) => this.#announceKill({ reason, program, output, lines }),
      onHeldOutput: (holders) => this.#tellHeldOutput(program, output, holders),
    });
    this.#run = run;
    if (this.#congested) run.pause();
    return run;
  }

  /** Said before the signal is sent, so that the master knows why output stops. */
  #announceKill({ reason, program, output, lines }: Kill): void {
    const failure = failureReasons[reason];
    if (failure !== undefined) output.value({ key: "failure_reason", reason: failure });
    const message = killMessage(reason, program, lines);
    this.#log(program, `${message}, attempting to kill`);
    output.header(`\n${message}, attempting to kill\n`);
  }

  /** Nobody would know otherwise why a command whose program has ended does not. */
  #tellHeldOutput(program: Program, output: CommandOutput, holders: readonly ListedProcess[]): void {
    const message = `the program has ended, but its output is held open by ${namesOf(holders)}`;
    this.#log(program, message);
    output.header(`\n${message}\n`);
  }

  /** Masters are told of what cannot be killed. What is left by a program that was not killed may be meant to stay. */
  #tellLeftRunning(program: Program, output: CommandOutput, { killedFor, leftRunning }: RunOutcome): void {
    if (leftRunning === undefined) return;
    const names = namesOf(leftRunning);
    const message = killedFor === undefined ? `left running: ${names}` : `cannot be killed, still running: ${names}`;
    this.#log(program, message);
    if (killedFor !== undefined) output.header(`\n${message}\n`);
  }

  #pace(congested: boolean): void {
    this.#congested = congested;
    for (const paced of [this.#run, this.#logs]) {
      if (congested) paced?.pause();
      else paced?.resume();
    }
  }

  #log(program: Program, text: string): void {
    this.#context.log(`(command ${program.logName}): ${text}`);
  }
}

interface Kill {
  readonly reason: KillReason;
  readonly program: Program;
  readonly output: CommandOutput;
  readonly lines: LineCount;
}

/** The interrupt came before there was a process. */
function reportNotRun({ reportsRc }: Program, output: CommandOutput): number {
  output.header("\ncommand interrupted before it was started\n");
  if (reportsRc) output.value({ key: "rc", rc: KILLED_RC });
  return KILLED_RC;
}

function isWanted({ wantStdout, wantStderr }: Program, name: OutputName): boolean {
  return name === "stdout" ? wantStdout : wantStderr;
}

function killMessage(reason: KillReason, program: Program, lines: LineCount): string {
  const { shownArgv, timeout, maxTime, maxLines } = program;
  switch (reason) {
    case "idle-timeout":
      return `command timed out: ${timeout?.shown} seconds without output running ${shownArgv}`;
    case "max-time":
      return `command timed out: ${maxTime?.shown} seconds elapsed running ${shownArgv}`;
    case "output-limit":
      return `command exceeds max lines: ${lines.count}/${maxLines} written/allowed running ${shownArgv}`;
    case "interrupted":
      return "command interrupted";
    default:
      return reason satisfies never;
  }
}

function reportEnd(outcome: RunOutcome, { reportsRc }: Program, output: CommandOutput): void {
  if (outcome.type === "start-failed") output.write("stderr", Buffer.from(`${outcome.error.message}\n`));
  if (outcome.type === "survived") {
    output.header(`${outcome.signal} failed to kill process\nusing fake rc=${KILLED_RC}\n`);
  }
  if (!reportsRc) return;
  if (outcome.type === "signaled") output.header(`process killed by signal ${outcome.signalNumber}\n`);
  output.value({ key: "rc", rc: exitStatus(outcome) });
}

/** KILLED_RC stands for a signal, ours or another, and for a child that went with 0 once it was to be killed. */
function exitStatus(outcome: RunOutcome): number {
  if (outcome.type === "start-failed") return NOT_EXECUTED_RC;
  if (outcome.type !== "exited") return KILLED_RC;
  return outcome.killedFor !== undefined && outcome.code === 0 ? KILLED_RC : outcome.code;
}

function endText(outcome: RunOutcome): string {
  const signal = outcome.type === "signaled" ? outcome.signalNumber : "None";
  const code = outcome.type === "signaled" ? "None" : exitStatus(outcome);
  return `command finished with signal ${signal}, exit code ${code}`;
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
