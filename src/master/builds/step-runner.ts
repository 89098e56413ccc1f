// A running step: its command on the worker, its logs, and its interruption.
import type { Clock, Timer } from "../../base/clock.ts";
import type { CommandUpdate, FailureReason } from "../../base/command-update.ts";
import { errorText } from "../../base/errors.ts";
import { delay } from "../../base/waiting.ts";
import type { GitStep, StepConfig, TriggerStep } from "../master-config.ts";
import type { Result } from "../results.ts";
import type { CommandEnd, RemoteCommand, WorkerLink } from "../worker-link.ts";
import { directoryCommand } from "./directory-step.ts";
import { downloadCommand } from "./download-step.ts";
import { gitScript, type ScriptAnswer, type StepScript } from "./git-step.ts";
import { hideVariables } from "./hidden-variables.ts";
import { shellCommand } from "./shell-step.ts";
import type { PlannedStep, StepCommand, StepContext } from "./step-command.ts";
import { completed, ended, lost, type StepEnd } from "./step-end.ts";
import type { StepLogs } from "./step-logs.ts";
import { runTrigger } from "./trigger-step.ts";
import { uploadCommand } from "./upload-step.ts";

/** Time from the interrupt until the connection is closed; the step's sigtermTime is added. */
const INTERRUPT_MS = 5 * 60_000;

/** Of the standard output of a command that is kept for a script. */
const MAX_OUTPUT_CHARS = 1000;

export interface RunningStepOptions {
  readonly step: StepConfig;
  readonly context: StepContext;
  readonly link: WorkerLink;
  readonly logs: StepLogs;
  readonly clock: Clock;
}

export class RunningStep {
  readonly #options: RunningStepOptions;
  /** Removes hidden variables from header text. */
  readonly #hidden: (text: Uint8Array) => Uint8Array;
  readonly #abort = new AbortController();
  readonly #stopped: Promise<void>;
  #command: RemoteCommand | undefined;
  /** The beginning of the standard output of the last command. */
  #output = "";
  #stopReason: string | undefined;
  #failure: FailureReason | undefined;
  /** The first error of the store. */
  #storeError: Error | undefined;
  #interruptTimer: Timer | undefined;

  constructor(options: RunningStepOptions) {
    this.#options = options;
    const { builder, worker } = options.context;
    const env = options.step.type === "shell" ? options.step.env : [];
    const names = [...worker.environment, ...builder.env, ...env].map(([name]) => name);
    this.#stopped = new Promise((resolve) => {
      this.#abort.signal.addEventListener("abort", () => resolve());
    });
    this.#hidden = hideVariables({ patterns: builder.hiddenVariables, names: new Set([...names, "PWD"]) });
  }

  /** May be repeated. */
  stop(reason: string): void {
    if (this.#stopReason !== undefined) return;
    this.#stopReason = reason;
    this.#abort.abort();
    this.#interrupt(reason);
  }

  /** Rejects with ERR_STORE_WRITE when its logs cannot be written; the command has ended by then. */
  async run(): Promise<StepEnd> {
    const { logs, step, context } = this.#options;
    const end = await this.#run(step, context);
    if (this.#storeError !== undefined) throw this.#storeError;
    logs.finish();
    return end;
  }

  async #run(step: StepConfig, context: StepContext): Promise<StepEnd> {
    if (step.type === "git") return await this.#runScript(gitScript(step, context, context.facts));
    if (step.type === "trigger") return await this.#runTrigger(step, context);
    const planned = await this.#plan(step, context);
    if ("impossible" in planned) return this.#impossible(planned.impossible);
    if (this.#stopReason !== undefined) {
      await planned.upload?.abandon();
      await planned.download?.close();
      return this.#cancelled(this.#stopReason);
    }
    return this.#endOf(planned, await this.#runCommand(planned));
  }

  async #runScript(script: StepScript): Promise<StepEnd> {
    let answer: ScriptAnswer = { isOk: true, output: "" };
    for (;;) {
      const { value, done } = script.next(answer);
      if (done === true) return value;
      if (value.type === "wait") {
        this.#note(value.why);
        await delay(this.#options.clock, value.delayMs, this.#abort.signal);
      } else {
        if ("impossible" in value.planned) return this.#impossible(value.planned.impossible);
        this.#output = "";
        this.#failure = undefined;
        const end = await this.#runCommand(value.planned);
        if (this.#stopReason !== undefined || end.type !== "completed" || this.#failure !== undefined) {
          return this.#endOf(value.planned, end);
        }
        answer = { isOk: end.rc === 0, output: this.#output };
      }
      if (this.#stopReason !== undefined) return this.#cancelled(this.#stopReason);
    }
  }

  async #runTrigger(step: TriggerStep, context: StepContext): Promise<StepEnd> {
    const note = (sentence: string) => this.#note(sentence);
    const disconnected = this.#options.link.ended;
    const end = await runTrigger({ step, context, note, stopped: this.#stopped, disconnected });
    if (end === undefined) return this.#cancelled(this.#stopReason ?? "");
    return "impossible" in end ? this.#impossible(end.impossible) : end;
  }

  #impossible(why: string): StepEnd {
    this.#note(why);
    return ended("EXCEPTION", `could not start: ${why}`);
  }

  async #plan(step: PlainStep, context: StepContext): Promise<PlannedStep> {
    try {
      return await planStep(step, context);
    } catch (error) {
      return { impossible: errorText(error) };
    }
  }

  async #runCommand(planned: StepCommand): Promise<CommandEnd> {
    const { link, context } = this.#options;
    const { name, args, upload, download, logNames } = planned;
    this.#command = link.run({
      builder: context.builder.name,
      name,
      args,
      ...(upload && { upload }),
      ...(download && { download }),
      onUpdate: (update) => this.#take(update, logNames),
    });
    if (this.#storeError !== undefined) this.#interrupt("the master cannot write the log");
    const end = await this.#command.ended;
    this.#interruptTimer?.cancel();
    return end;
  }

  #endOf(planned: StepCommand, end: CommandEnd): StepEnd {
    if (this.#stopReason !== undefined) return { ...this.#cancelled(this.#stopReason), isLost: end.type === "lost" };
    switch (end.type) {
      case "lost":
        return this.#noted(lost(end.reason));
      case "failed":
        return this.#noted(ended("EXCEPTION", `could not run: ${end.reason}`));
      case "completed":
        if (end.rc !== undefined) this.#note(`program finished with exit code ${end.rc}`);
        return completed(this.#options.step, planned, { rc: end.rc, failure: this.#failure });
      default:
        return end satisfies never;
    }
  }

  #take(update: CommandUpdate, logNames: readonly string[]): void {
    switch (update.key) {
      case "header":
      case "stdout":
      case "stderr": {
        const text = update.key === "header" ? this.#hidden(update.text) : update.text;
        if (update.key === "stdout" && this.#output.length < MAX_OUTPUT_CHARS) {
          this.#output += Buffer.from(text).subarray(0, MAX_OUTPUT_CHARS).toString();
        }
        return this.#write((logs) => logs.append(streams[update.key], text));
      }
      case "log":
        if (logNames.includes(update.log)) this.#write((logs) => logs.appendTo(update.log, update.text));
        return;
      case "failure_reason":
        this.#failure ??= update.reason;
        return;
      case "rc":
      case "elapsed":
      case "stat":
      case "files":
        return;
    }
  }

  /** A log that cannot be written ends the command: a build without its log is useless. */
  #write(write: (logs: StepLogs) => void): void {
    if (this.#storeError !== undefined) return;
    try {
      write(this.#options.logs);
    } catch (error) {
      this.#storeError = error instanceof Error ? error : new Error(String(error));
      this.#interrupt("the master cannot write the log");
    }
  }

  #note(sentence: string): void {
    this.#write((logs) => logs.note(sentence));
  }

  #noted(end: StepEnd): StepEnd {
    this.#note(end.text);
    return end;
  }

  #cancelled(reason: string): StepEnd {
    this.#note(`stopped: ${reason}`);
    return ended("CANCELLED" satisfies Result, `was stopped: ${reason}`);
  }

  #interrupt(why: string): void {
    if (this.#command === undefined) return;
    this.#command.interrupt(why);
    const { step, clock, link } = this.#options;
    const graceMs = step.type === "shell" ? (step.sigtermTime ?? 0) * 1000 : 0;
    this.#interruptTimer ??= clock.after(INTERRUPT_MS + graceMs, () => {
      link.end(`it did not end a command within ${INTERRUPT_MS / 1000} seconds of the interrupt`);
    });
  }
}

/** A step that is one command. */
type PlainStep = Exclude<StepConfig, GitStep | TriggerStep>;

const streams = { header: "h", stdout: "o", stderr: "e" } as const;

/** The command of a step. Rejects with the error of a sink or source that cannot be created. */
export async function planStep(step: PlainStep, context: StepContext): Promise<PlannedStep> {
  switch (step.type) {
    case "shell":
      return shellCommand(step, context);
    case "upload":
      return await uploadCommand(step, context);
    case "download":
      return await downloadCommand(step, context);
    case "mkdir":
    case "rmdir":
    case "rmfile":
    case "cpdir":
      return directoryCommand(step, context);
    default:
      return step satisfies never;
  }
}
