// Runs the programs of one command, one after the other, and reports each to the master: headers, output as it arrives,
// why it was killed, how it ended. The command decides what that means for it.

import { resolve } from "node:path";
import type { Timer } from "../../base/clock.ts";
import type { SystemText } from "../../base/encoding/system-text.ts";
import { systemRules } from "../../base/system-rules.ts";
import type { CommandOutput } from "../../output/index.ts";
import { type LimitsWatch, oomKills, watchLimits, watchWork } from "../../process/diagnosis/index.ts";
import type { LogFile } from "../../process/log-files/log-watch.ts";
import {
  type KillReason,
  launchRun,
  type OutputName,
  type Run,
  type RunOutcome,
  type RunRequest,
} from "../../process/run/index.ts";
import { mergeEnvironment, takeSpawnSlot } from "../../process/spawn/index.ts";
import { COOKIE_NAME, type ListedProcess, namesOf, newCookie } from "../../process/tree/index.ts";
import type { CommandContext, InterruptManner } from "../command.ts";
import { commandsErrors } from "../errors.ts";
import type { Receipt } from "../open-receipts.ts";
import { OWN_HEADER } from "../perform.ts";
import { concealNames, concealOutcome, givenSecrets, hidesWords, shownArguments } from "./concealment.ts";
import { explainEnd } from "./end-facts.ts";
import { headerLines } from "./headers.ts";
import { LineCount } from "./line-count.ts";
import { LogWatchWithTimeout } from "./log-watch-with-timeout.ts";
import { prepareToSpawn } from "./preflight.ts";
import type { Program } from "./program.ts";
import {
  endText,
  exitStatus,
  failureReasons,
  keepsLeftovers,
  killMessage,
  leftBehindLines,
  needsVerdict,
  reportEnd,
  reportNotRun,
} from "./report.ts";
import { type SystemForm, shownVariables, systemForm } from "./system-form.ts";
import { type Terminal, terminalFor } from "./terminal.ts";
import { treeLines } from "./tree-text.ts";

/** The explanations of failures are those of POSIX systems. */
const hasVerdicts = () => systemRules.name === "posix";

/** Registers the only congestion listener of the command. */
export class ProgramRunner {
  readonly #context: CommandContext;
  #run: Run | undefined;
  #limits: LimitsWatch | undefined;
  #logs: LogWatchWithTimeout | undefined;
  #congested = false;
  readonly #interruption = new AbortController();
  #isEndedAtOnce = false;

  constructor(context: CommandContext) {
    this.#context = context;
    context.peer.onCongestion((congested) => this.#pace(congested));
  }

  get interrupted(): boolean {
    return this.#interruption.signal.aborted;
  }

  /** Kills the running program, and starts no more. */
  interrupt(manner?: InterruptManner): void {
    this.#interruption.abort();
    this.#isEndedAtOnce ||= manner === "at-once";
    // Do not wait for the rest of its logs when it is not reported, or when the program is gone.
    if (manner === "at-once" || this.#logs?.isAwaited) this.#logs?.stop();
    else this.#logs?.shortenTimeout();
    this.#endRun();
  }

  #endRun(): void {
    if (this.#isEndedAtOnce) this.#run?.kill();
    else this.#run?.interrupt("interrupted");
  }

  /**
   * Runs a program to its end; resolves to its rc. Rejects with ERR_NOT_IN_ENCODING, ERR_ENV_VALUE and ERR_NOT_STARTED
   * before there is a process, and with ERR_PROCESS_SURVIVED when it cannot be killed.
   */
  async run(program: Program, output: CommandOutput, logFiles: readonly LogFile[] = []): Promise<number> {
    const { clock, environment, rules } = this.#context;
    const startedMs = clock.nowMs();
    let receipt: Receipt | undefined;
    const { receipts } = rules;
    const onMeasure: Start["onMeasure"] =
      receipts &&
      ((wallMs, group) => {
        receipt = receipts.measure(wallMs, group?.read);
      });
    const form = systemForm(program, rules.fileEncoding);
    const env = mergeEnvironment(environment, form.env, resolve(form.workdir));
    if (program.reportsRc) rules.secrets.learn(givenSecrets(program, env));
    const { signal } = this.#interruption;
    const isReady = await prepareToSpawn({ program, form, env, output, signal }, this.#context);
    if (!isReady) return reportNotRun(program, output);
    const terminal = terminalFor(program, this.#context);
    const announced = { ...program, stdin: form.stdin, env: shownVariables(env, rules.fileEncoding) };
    output.header(headerLines(announced, terminal).join(""));
    this.#log(program, "RunProcess._startCommand");
    this.#log(program, `  in dir ${program.workdir}`);
    const start = { program, env, startedAt: clock.date(), oomKillsBefore: oomKills(), clock };
    const ended = await this.#runWatched(logFiles, output, {
      start: () => this.#start({ program, form, env, terminal, output, onMeasure }),
      onCrowd: () => terminal.source.prepare?.(),
    });
    if (ended === undefined) return reportNotRun(program, output);
    const outcome = concealOutcome(program, ended);
    const rc = exitStatus(outcome);
    const { leftRunning } = outcome;
    if (leftRunning !== undefined && !keepsLeftovers(outcome, rules.leftovers)) this.#context.onSurvivors(leftRunning);
    for (const line of leftBehindLines(outcome, rules.leftovers)) {
      this.#log(program, line);
      output.header(`${OWN_HEADER}${line}\n`);
    }
    const end = () => ({ outcome, pid: this.#run?.pid, limits: this.#limits?.seen() });
    const verdict = hasVerdicts() && needsVerdict(outcome) ? await explainEnd({ ...start, ...end() }) : undefined;
    reportEnd(outcome, program, { output, verdict });
    if (outcome.type === "survived") throw commandsErrors.processSurvived(outcome.signal);
    if (receipt !== undefined) this.#reportReceipt(receipt, outcome, output);
    const elapsed = ((clock.nowMs() - startedMs) / 1000).toFixed(6);
    this.#log(program, `${endText(outcome)}, elapsedTime: ${elapsed}`);
    output.header(`elapsedTime=${elapsed}\n`);
    return rc;
  }

  #reportReceipt(receipt: Receipt, { leftRunning = [] }: RunOutcome, output: CommandOutput): void {
    this.#context.onReceipt?.(receipt);
    const text = this.#context.rules.receipts?.text(receipt, leftRunning.length);
    if (text !== undefined) output.header(`${OWN_HEADER}${text}\n`);
  }

  /** Undefined when it was interrupted before there was a process. */
  async #runWatched(
    files: readonly LogFile[],
    output: CommandOutput,
    { start, onCrowd }: { readonly start: () => Promise<Run | undefined>; readonly onCrowd: () => void },
  ): Promise<RunOutcome | undefined> {
    const onBytes = (name: string, bytes: Buffer) => {
      this.#run?.noteActivity();
      output.log(name, bytes);
    };
    const onGivenUp = () => {
      const names = files.map(({ name }) => name).join(", ");
      output.header(
        `\n${OWN_HEADER}the file system of a log file does not respond; output of these logs may be missing: ${names}\n`,
      );
    };
    const logs = new LogWatchWithTimeout({ clock: this.#context.clock, files, onBytes, onGivenUp });
    this.#logs = logs;
    if (this.#congested) logs.pause();
    try {
      await logs.remember();
      await takeSpawnSlot(onCrowd);
      if (this.interrupted) return undefined;
      const run = await start();
      if (run === undefined) return undefined;
      logs.start();
      const outcome = await run.outcome;
      await logs.finish();
      return outcome;
    } finally {
      await logs.close();
    }
  }

  async #start(start: Start): Promise<Run | undefined> {
    const { program, form, env, terminal, output } = start;
    const { clock, supervisor, rules } = this.#context;
    const lines = new LineCount(program.maxLines);
    let run: Run | undefined;
    const request: RunRequest = {
      argv: form.argv,
      batch: form.batch,
      shownProgram: program.shownProgram,
      hidesNames: hidesWords(program),
      cwd: form.workdir,
      env,
      cookie: program.env?.[COOKIE_NAME] === null ? undefined : newCookie(),
      stdin: form.stdin,
      pipes: terminal.source,
      supervisor,
      clock,
      limits: {
        idleTimeoutMs: milliseconds(program.timeout?.seconds),
        maxTimeMs: milliseconds(program.maxTime?.seconds),
        lingerLimitMs: rules.lingerLimitMs,
        // 0 still means SIGTERM before the other signal.
        sigtermGraceMs: program.sigtermSeconds === 0 ? 1 : milliseconds(program.sigtermSeconds),
      },
      leftovers: rules.leftovers,
      interruptSignal: program.interruptSignal,
      onOutput(name, chunk) {
        if (!isWanted(program, name)) return;
        const allowed = lines.within(chunk);
        if (lines.isExceeded) run?.interrupt("output-limit");
        output.write(name, allowed);
      },
      onKill: (reason) => this.#announceKill(start, reason, lines),
      onExamined: (tree) => {
        for (const line of treeLines(tree, shownArguments(program, { env, leaderPid: run?.pid })))
          output.header(`${line}\n`);
      },
      onHeldOutput: (holders) => this.#reportHeldOutput(start, holders),
      onMeasure: start.onMeasure,
      onLost: () => this.#report(start, "the launcher of the program was killed, so the program was killed too"),
    };
    run = await launchRun(request, () => !this.interrupted);
    this.#run = run;
    if (run === undefined) return undefined;
    if (this.#congested) run.pause();
    if (this.interrupted) this.#endRun(); // interrupted while it was being started
    if (run.pid === undefined) return run;
    const idleTimeoutMs = milliseconds(program.timeout?.seconds);
    const endWithRun = (watch: Timer) => void run.outcome.then(() => watch.cancel());
    this.#limits = watchLimits(run.pid, clock);
    endWithRun(this.#limits);
    if (program.worksSilently && idleTimeoutMs !== undefined) {
      endWithRun(watchWork({ pid: run.pid, clock, idleTimeoutMs, onWork: () => run.noteActivity() }));
    }
    return run;
  }

  /** Sent before the signal, so that the master knows why output stops. */
  #announceKill({ program, output }: Start, reason: KillReason, lines: LineCount): void {
    const failure = failureReasons[reason];
    if (failure !== undefined) output.value({ key: "failure_reason", reason: failure });
    const message = killMessage(reason, program, lines);
    this.#log(program, `${message}, attempting to kill`);
    output.header(`\n${message}, attempting to kill\n`);
  }

  /** Explains why a command does not end although its program has. */
  #reportHeldOutput(start: Start, holders: readonly ListedProcess[]): void {
    const names = namesOf(concealNames(start.program, holders));
    this.#report(start, `the program has ended, but its output is held open by ${names}`);
  }

  /** Writes to its output and to the log. */
  #report({ program, output }: Start, message: string): void {
    this.#log(program, message);
    output.header(`\n${OWN_HEADER}${message}\n`);
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

interface Start {
  readonly program: Program;
  readonly form: SystemForm;
  readonly env: Record<SystemText, SystemText>;
  readonly terminal: Terminal;
  readonly output: CommandOutput;
  readonly onMeasure: RunRequest["onMeasure"];
}

function isWanted({ wantStdout, wantStderr }: Program, name: OutputName): boolean {
  return name === "stdout" ? wantStdout : wantStderr;
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
