// One build at work: its steps in order, and its end. Records what happens; does not know where requests come from, nor
// what becomes of one that is to be tried again.
import type { Clock } from "../../base/clock.ts";
import { errorText, WorkerError } from "../../base/errors.ts";
import type { BuilderConfig, StepConfig } from "../master-config.ts";
import type { Change } from "../master-view.ts";
import { type Result, worseOf } from "../results.ts";
import type { BuildRow, Ending, StepRow } from "../store/builds.ts";
import type { Store } from "../store/store.ts";
import type { StepFiles } from "../transfers.ts";
import type { WorkerLink } from "../worker-link.ts";
import { afterStep, type BuildProgress, beginning } from "./build-result.ts";
import type { StepEnd } from "./step-end.ts";
import { StepLogs } from "./step-logs.ts";
import { RunningStep } from "./step-runner.ts";

export interface RunningBuildOptions {
  readonly row: BuildRow;
  readonly builder: BuilderConfig;
  readonly link: WorkerLink;
  readonly store: Store;
  readonly files: StepFiles;
  readonly clock: Clock;
  readonly tell: (change: Change) => void;
}

export type BuildEnd = Omit<Ending, "endedAtMs">;

export class RunningBuild {
  readonly row: BuildRow;
  readonly #options: RunningBuildOptions;
  #stopReason: string | undefined;
  #step: RunningStep | undefined;
  #progress: BuildProgress = beginning;
  /** Of the first step that made the build worse. */
  #trouble: string | undefined;

  constructor(options: RunningBuildOptions) {
    this.#options = options;
    this.row = options.row;
  }

  get isStopping(): boolean {
    return this.#stopReason !== undefined;
  }

  /** Ends the step that runs; those that always run still do, and another call ends one of these. */
  stop(reason: string): void {
    this.#stopReason ??= reason;
    this.#step?.stop(reason);
    this.#changed();
  }

  /** Rejects with ERR_STORE_WRITE when what happens cannot be recorded; nothing runs at the worker then. */
  async run(): Promise<BuildEnd> {
    const { builder, link, store } = this.#options;
    const refusal = await link.startBuild(builder.name).then(() => undefined, refused);
    if (refusal !== undefined) return this.#end(refusal.result, refusal.stateText);
    for (const row of store.builds.steps(this.row.id)) {
      const step = builder.steps[row.number - 1]!;
      if ((this.#progress.isHalted || this.isStopping) && !step.alwaysRun) continue;
      const end = await this.#runStep(step, row);
      this.#note(step, end);
      if (end.isLost) return this.#end(worseOf(this.#progress.result, "RETRY"), end.text);
    }
    return this.#end(this.#progress.result, this.#trouble ?? "succeeded");
  }

  async #runStep(step: StepConfig, row: StepRow): Promise<StepEnd> {
    const { store, clock, link, builder, files, tell } = this.#options;
    store.builds.beginStep(row.id, store.nowMs());
    store.builds.describe(this.row.id, step.name);
    this.#changed();
    const place = { builder: this.row.builder, number: this.row.number, step: row.number };
    const onChange = (logId: number) => tell({ type: "log", ...place, logId });
    const logs = new StepLogs({ logs: store.logs, stepId: row.id, onChange });
    const context = { builder, worker: link.info, files };
    this.#step = new RunningStep({ step, context, link, logs, clock });
    try {
      const end = await this.#step.run();
      store.builds.endStep(row.id, { result: end.result, stateText: end.text, endedAtMs: store.nowMs() });
      return end;
    } finally {
      this.#step = undefined;
      this.#changed();
    }
  }

  #note(step: StepConfig, end: StepEnd): void {
    const before = this.#progress.result;
    this.#progress = afterStep(this.#progress, step, end.result);
    if (this.#progress.result !== before) this.#trouble ??= `'${step.name}' ${end.text}`;
  }

  #end(result: Result, stateText: string): BuildEnd {
    if (this.#stopReason === undefined) return { result, stateText };
    return { result: "CANCELLED", stateText: `stopped: ${this.#stopReason}` };
  }

  #changed(): void {
    this.#options.tell({ type: "build", builder: this.row.builder, number: this.row.number });
  }
}

/** A worker that is gone is no fault of the build's; one that refuses would refuse again. */
function refused(error: unknown): BuildEnd {
  if (error instanceof WorkerError && error.family === "connection") {
    return { result: "RETRY", stateText: `the worker was lost: ${errorText(error)}` };
  }
  return { result: "EXCEPTION", stateText: `the worker would not begin the build: ${errorText(error)}` };
}
