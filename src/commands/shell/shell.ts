// shell: a command line in the builder's directory, its output to the master as it comes.
import { mkdir } from "node:fs/promises";
import type { FailureReason } from "../../base/command-update.ts";
import { errors, errorText } from "../../base/errors.ts";
import { CommandOutput } from "../../output/command-output.ts";
import { mergeEnvironment } from "../../process/environment.ts";
import { type Run, startRun } from "../../process/run.ts";
import type { KillReason, RunOutcome } from "../../process/run-outcome.ts";
import type { OutputName } from "../../process/run-request.ts";
import type { CommandArguments } from "../arguments.ts";
import type { CommandContext, CommandDefinition, RunningCommand } from "../command.ts";
import { failureOfError } from "../failure.ts";
import { headerLines } from "./headers.ts";
import { LineCount } from "./line-count.ts";
import { readShellArguments, type ShellArguments } from "./shell-arguments.ts";

export const shell: CommandDefinition = {
  name: "shell",
  version: "3.3",
  start: (args: CommandArguments, context: CommandContext) =>
    new ShellCommand(readShellArguments(args, context.builderDirectory), context, args.get("usePTY")),
};

const failureReasons: Readonly<Record<KillReason, FailureReason | undefined>> = {
  "idle-timeout": "timeout_without_output",
  "max-time": "timeout",
  "output-limit": "max_lines_failure",
  interrupted: undefined,
};

class ShellCommand implements RunningCommand {
  readonly done: Promise<void>;
  readonly #shell: ShellArguments;
  readonly #context: CommandContext;
  readonly #output: CommandOutput;
  readonly #lines: LineCount;
  readonly #startedMs: number;
  #run: Run | undefined;
  #congested = false;
  #interrupted = false;

  constructor(arguments_: ShellArguments, context: CommandContext, usePty: unknown) {
    this.#shell = arguments_;
    this.#context = context;
    this.#startedMs = context.clock.nowMs();
    this.#lines = new LineCount(arguments_.maxLines);
    this.#output = new CommandOutput({ clock: context.clock, send: (updates) => context.peer.update(updates) });
    context.peer.onCongestion((congested) => this.#pace(congested));
    this.done = this.#perform(usePty);
  }

  interrupt(): void {
    this.#interrupted = true;
    this.#run?.interrupt("interrupted");
  }

  async #perform(usePty: unknown): Promise<void> {
    const { peer } = this.#context;
    let outcome: RunOutcome;
    try {
      checkPty(usePty);
      const env = mergeEnvironment(this.#context.environment, this.#shell.env, this.#shell.workdir);
      await mkdir(this.#shell.workdir, { recursive: true });
      outcome = await this.#start(env);
    } catch (error) {
      this.#output.end();
      return peer.complete(this.#startFailure(error));
    }
    this.#report(outcome);
    this.#output.end();
    if (outcome.type === "survived") {
      const message = `${outcome.signal} failed to kill process`;
      return peer.complete({ type: "builtins.RuntimeError", message });
    }
    peer.complete();
  }

  #start(env: Record<string, string>): Promise<RunOutcome> {
    const { clock, pipes } = this.#context;
    const shell = this.#shell;
    if (shell.argv.length === 0) throw new RangeError("the command is an empty list");
    for (const line of headerLines(shell, env)) this.#output.header(line);
    this.#log("RunProcess._startCommand");
    this.#log(`  in dir ${shell.workdir}`);
    this.#run = startRun({
      argv: shell.argv,
      cwd: shell.workdir,
      env,
      stdin: shell.stdin,
      pipes,
      clock,
      limits: {
        idleTimeoutMs: milliseconds(shell.timeoutSeconds),
        maxTimeMs: milliseconds(shell.maxTimeSeconds),
        sigtermGraceMs: milliseconds(shell.sigtermSeconds),
      },
      interruptSignal: shell.interruptSignal,
      onOutput: (name, chunk) => this.#receive(name, chunk),
      onKill: (reason) => this.#announceKill(reason),
    });
    if (this.#congested) this.#run.pause();
    if (this.#interrupted) this.#run.interrupt("interrupted");
    return this.#run.outcome;
  }

  #receive(name: OutputName, chunk: Buffer): void {
    const wanted = name === "stdout" ? this.#shell.wantStdout : this.#shell.wantStderr;
    if (!wanted) return;
    if (this.#lines.add(chunk)) this.#run?.interrupt("output-limit");
    this.#output.write(name, chunk);
  }

  /** Said before the signal is sent, so that the master knows why output stops. */
  #announceKill(reason: KillReason): void {
    const failure = failureReasons[reason];
    if (failure !== undefined) this.#output.value({ key: "failure_reason", reason: failure });
    const message = this.#killMessage(reason);
    this.#log(`${message}, attempting to kill`);
    this.#output.header(`\n${message}, attempting to kill\n`);
  }

  #killMessage(reason: KillReason): string {
    const { shownArgv, timeoutSeconds, maxTimeSeconds, maxLines } = this.#shell;
    switch (reason) {
      case "idle-timeout":
        return `command timed out: ${timeoutSeconds} seconds without output running ${shownArgv}`;
      case "max-time":
        return `command timed out: ${maxTimeSeconds} seconds elapsed running ${shownArgv}`;
      case "output-limit":
        return `command exceeds max lines: ${this.#lines.count}/${maxLines} written/allowed running ${shownArgv}`;
      case "interrupted":
        return "command interrupted";
      default:
        return reason satisfies never;
    }
  }

  #report(outcome: RunOutcome): void {
    if (outcome.type === "start-failed") this.#output.write("stderr", Buffer.from(`${outcome.error.message}\n`));
    if (outcome.type === "survived") {
      this.#output.header(`${outcome.signal} failed to kill process\nusing fake rc=-1\n`);
    }
    if (outcome.type === "signaled") this.#output.header(`process killed by signal ${outcome.signalNumber}\n`);
    const seconds = this.#elapsedSeconds();
    this.#output.value({ key: "rc", rc: exitStatus(outcome) });
    if (outcome.type === "survived") return;
    this.#log(finishedText(outcome, seconds));
    this.#output.header(`elapsedTime=${seconds.toFixed(6)}\n`);
    // Masters know no `elapsed` of a command that they interrupted.
    if (!this.#interrupted) this.#output.value({ key: "elapsed", seconds });
  }

  /** What broke before there was a process: arguments as themselves, the rest as the master knows it. */
  #startFailure(error: unknown) {
    if (errors.envValue.is(error) || errors.badPty.is(error)) return failureOfError(error);
    const text = errorText(error);
    return { type: "buildbot_worker.exceptions.AbandonChain", message: `(-1, 'Got exception (${text})')` };
  }

  #pace(congested: boolean): void {
    this.#congested = congested;
    if (congested) this.#run?.pause();
    else this.#run?.resume();
  }

  #elapsedSeconds(): number {
    return (this.#context.clock.nowMs() - this.#startedMs) / 1000;
  }

  #log(text: string): void {
    this.#context.log(`(command ${this.#shell.logName}): ${text}`);
  }
}

/** −1 stands for a signal, ours or another, and for a child that went with 0 once it was to be killed. */
function exitStatus(outcome: RunOutcome): number {
  if (outcome.type === "start-failed") return 1;
  if (outcome.type !== "exited") return -1;
  return outcome.killedFor !== undefined && outcome.code === 0 ? -1 : outcome.code;
}

function finishedText(outcome: RunOutcome, seconds: number): string {
  const signal = outcome.type === "signaled" ? outcome.signalNumber : "None";
  const code = outcome.type === "signaled" ? "None" : exitStatus(outcome);
  return `command finished with signal ${signal}, exit code ${code}, elapsedTime: ${seconds.toFixed(6)}`;
}

function checkPty(usePty: unknown): void {
  if (![undefined, null, true, false, 0, 1].includes(usePty as boolean)) throw errors.badPty(String(usePty));
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
