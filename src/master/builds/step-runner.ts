// A running step: its command on the worker, its logs, and its interruption.
import type { Clock, Timer } from "../../base/clock.ts";
import type { CommandUpdate, FailureReason } from "../../base/command-update.ts";
import { errorText } from "../../base/errors.ts";
import type { StepConfig } from "../master-config.ts";
import type { Result } from "../results.ts";
import type { CommandEnd, RemoteCommand, WorkerLink } from "../worker-link.ts";
import { directoryCommand } from "./directory-step.ts";
import { downloadCommand } from "./download-step.ts";
import { hideVariables } from "./hidden-variables.ts";
import { shellCommand } from "./shell-step.ts";
import type { PlannedStep, StepCommand, StepContext } from "./step-command.ts";
import { completed, ended, lost, type StepEnd } from "./step-end.ts";
import type { StepLogs } from "./step-logs.ts";
import { uploadCommand } from "./upload-step.ts";

/** Time from the interrupt until the connection is closed; the step's sigtermTime is added. */
const INTERRUPT_MS = 5 * 60_000;

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
  #command: RemoteCommand | undefined;
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
    this.#hidden = hideVariables({ patterns: builder.hiddenVariables ?? [], names: new Set([...names, "PWD"]) });
  }

  /** May be repeated. */
  stop(reason: string): void {
    if (this.#stopReason !== undefined) return;
    this.#stopReason = reason;
    this.#interrupt(reason);
  }

  /** Rejects with ERR_STORE_WRITE when its logs cannot be written; the command has ended by then. */
  async run(): Promise<StepEnd> {
    const { logs } = this.#options;
    const planned = await this.#plan();
    if ("impossible" in planned) {
      logs.note(planned.impossible);
      logs.finish();
      return ended("EXCEPTION", `could not start: ${planned.impossible}`);
    }
    if (this.#stopReason !== undefined) {
      await planned.upload?.abandon();
      await planned.download?.close();
      return this.#cancelled(this.#stopReason);
    }
    const end = await this.#runCommand(planned);
    const stepEnd = this.#endOf(planned, end);
    if (this.#storeError !== undefined) throw this.#storeError;
    logs.finish();
    return stepEnd;
  }

  async #plan(): Promise<PlannedStep> {
    try {
      return await planStep(this.#options.step, this.#options.context);
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

const streams = { header: "h", stdout: "o", stderr: "e" } as const;

/** The command of a step. Rejects with the error of a sink or source that cannot be created. */
export async function planStep(step: StepConfig, context: StepContext): Promise<PlannedStep> {
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
