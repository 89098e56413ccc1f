// Runs the steps of one build in order on one worker, and computes the build's result. Records and prints nothing: the
// caller gets an event for each step.
import type { Clock } from "../../base/clock.ts";
import { errorText, WorkerError } from "../../base/errors.ts";
import type { BuilderConfig, StepConfig } from "../master-config.ts";
import { type Result, worseOf } from "../results.ts";
import type { WorkerLink } from "../worker-link.ts";
import { type BuildFacts, withFacts } from "./build-facts.ts";
import { afterStep, type BuildProgress, initialProgress } from "./build-result.ts";
import type { StepTools } from "./step-command.ts";
import type { StepEnd } from "./step-end.ts";
import type { StepLogs } from "./step-logs.ts";
import { RunningStep } from "./step-runner.ts";

export interface BuildEnd {
  readonly result: Result;
  readonly stateText: string;
}

/** Called at each step; `index` counts from 0. If one throws, the build ends; no step is running then. */
export interface StepEvents {
  /** Returns the step's logs. */
  readonly onBegin: (step: StepConfig, index: number) => StepLogs;
  readonly onEnd: (step: StepConfig, index: number, end: StepEnd) => void;
  readonly onSkip?: (step: StepConfig, index: number) => void;
}

export interface StepSequenceOptions extends StepEvents, StepTools {
  readonly builder: BuilderConfig;
  readonly link: WorkerLink;
  readonly facts: BuildFacts;
  readonly clock: Clock;
}

export class StepSequence {
  readonly #options: StepSequenceOptions;
  readonly #properties: Map<string, string>;
  #stopReason: string | undefined;
  #step: RunningStep | undefined;
  #progress: BuildProgress = initialProgress;
  /** Text of the first step that made the result worse. */
  #trouble: string | undefined;

  constructor(options: StepSequenceOptions) {
    this.#options = options;
    this.#properties = new Map(options.facts.properties);
  }

  get isStopping(): boolean {
    return this.#stopReason !== undefined;
  }

  /** Ends the running step. Steps with `alwaysRun` still run; another call ends the one that is running. */
  stop(reason: string): void {
    this.#stopReason ??= reason;
    this.#step?.stop(reason);
  }

  /** Rejects with the error of an event, or with ERR_STORE_WRITE when logs cannot be written. */
  async run(): Promise<BuildEnd> {
    const { builder, link, onEnd, onSkip } = this.#options;
    const refusal = await link.startBuild(builder.name).then(() => undefined, refused);
    if (refusal !== undefined) return this.#end(refusal.result, refusal.stateText);
    for (const [index, step] of builder.steps.entries()) {
      if ((this.#progress.isHalted || this.isStopping) && !step.alwaysRun) {
        onSkip?.(step, index);
        continue;
      }
      const end = await this.#runStep(step, index);
      onEnd(step, index, end);
      this.#note(step, end);
      if (end.isLost) return this.#end(worseOf(this.#progress.result, "RETRY"), end.text);
    }
    return this.#end(this.#progress.result, this.#trouble ?? "succeeded");
  }

  async #runStep(step: StepConfig, index: number): Promise<StepEnd> {
    const { link, files, artifacts, triggers, clock, onBegin } = this.#options;
    const logs = onBegin(step, index);
    const facts = { properties: this.#properties, secrets: this.#options.facts.secrets };
    const { builder, step: filled } = withFacts({ step, builder: this.#options.builder }, facts);
    const context = { builder, worker: link.info, files, artifacts, facts, triggers };
    this.#step = new RunningStep({ step: filled, context, link, logs, clock });
    try {
      return await this.#step.run();
    } finally {
      this.#step = undefined;
    }
  }

  #note(step: StepConfig, end: StepEnd): void {
    for (const [name, value] of end.properties ?? []) this.#properties.set(name, value);
    const before = this.#progress.result;
    this.#progress = afterStep(this.#progress, step, end.result);
    if (this.#progress.result !== before) this.#trouble ??= `'${step.name}' ${end.text}`;
  }

  #end(result: Result, stateText: string): BuildEnd {
    if (this.#stopReason === undefined) return { result, stateText };
    return { result: "CANCELLED", stateText: `stopped: ${this.#stopReason}` };
  }
}

/** A lost worker is not the build's fault, so it is retried; a worker that refuses would refuse again. */
function refused(error: unknown): BuildEnd {
  if (error instanceof WorkerError && error.family === "connection") {
    return { result: "RETRY", stateText: `the worker was lost: ${errorText(error)}` };
  }
  return { result: "EXCEPTION", stateText: `the worker refused to start the build: ${errorText(error)}` };
}
