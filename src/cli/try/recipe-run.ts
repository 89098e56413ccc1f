// One build of a recipe: its steps in order on a worker, as a master would have them run, and what is said of them.
import type { Clock } from "../../base/clock.ts";
import { durationText } from "../../base/duration.ts";
import { afterStep, type BuildProgress, beginning } from "../../master/build/build-result.ts";
import type { StepEnd } from "../../master/build/step-end.ts";
import { StepLogs } from "../../master/build/step-logs.ts";
import { RunningStep } from "../../master/build/step-runner.ts";
import type { Recipe } from "../../master/config/recipe.ts";
import type { BuilderConfig, StepConfig } from "../../master/master-config.ts";
import type { Result } from "../../master/results.ts";
import type { StepFiles } from "../../master/transfers.ts";
import type { WorkerLink } from "../../master/worker-link.ts";
import type { Printer } from "../printer.ts";
import { PrintedLogs } from "./printed-logs.ts";

export interface RecipeRunOptions {
  readonly recipe: Recipe;
  readonly link: WorkerLink;
  readonly files: StepFiles;
  readonly clock: Clock;
  readonly printer: Printer;
}

export class RecipeRun {
  readonly #options: RecipeRunOptions;
  readonly #builder: BuilderConfig;
  readonly #logs: PrintedLogs;
  #step: RunningStep | undefined;
  #stopReason: string | undefined;

  constructor(options: RecipeRunOptions) {
    const { name, directory, env, steps } = options.recipe;
    this.#options = options;
    this.#builder = { name, description: undefined, directory, workers: [], env, steps };
    this.#logs = new PrintedLogs(options.printer);
  }

  /** Ends the step that runs; those that always run still do, and another call ends one of these. */
  stop(reason: string): void {
    this.#stopReason ??= reason;
    this.#step?.stop(reason);
  }

  /** Rejects when the builder's directory cannot be made. */
  async run(): Promise<Result> {
    const { recipe, link, clock, printer } = this.#options;
    const beganMs = clock.nowMs();
    await link.setBuilders([{ name: this.#builder.name, directory: this.#builder.directory }]);
    await link.startBuild(this.#builder.name);
    let progress: BuildProgress = beginning;
    for (const [place, step] of recipe.steps.entries()) {
      if ((progress.isHalted || this.#stopReason !== undefined) && !step.alwaysRun) {
        this.#say(place, step, "not run");
        continue;
      }
      const end = await this.#runStep(place, step);
      progress = afterStep(progress, step, end.result);
      if (end.isLost) break;
    }
    const result = this.#stopReason === undefined ? progress.result : "CANCELLED";
    printer.out(`${this.#paint(result)(`${result} after ${durationText(clock.nowMs() - beganMs)}`)}\n`);
    return result;
  }

  async #runStep(place: number, step: StepConfig): Promise<StepEnd> {
    const { link, files, clock, printer } = this.#options;
    const beganMs = clock.nowMs();
    if (place > 0) printer.out("\n");
    this.#say(place, step, "begins");
    const logs = new StepLogs({ logs: this.#logs, stepId: place, onChange: () => {} });
    const context = { builder: this.#builder, worker: link.info, files };
    this.#step = new RunningStep({ step, context, link, logs, clock });
    const end = await this.#step.run();
    this.#step = undefined;
    const took = durationText(clock.nowMs() - beganMs);
    this.#say(place, step, `${this.#paint(end.result)(end.result)}: ${end.text} (${took})`);
    return end;
  }

  #say(place: number, step: StepConfig, what: string): void {
    const { recipe, printer } = this.#options;
    printer.out(`${printer.style.bold(`[${place + 1}/${recipe.steps.length}] ${step.name}`)}: ${what}\n`);
  }

  #paint(result: Result): (text: string) => string {
    const { style } = this.#options.printer;
    if (result === "SUCCESS") return style.good;
    return result === "WARNINGS" || result === "SKIPPED" ? style.warning : style.bad;
  }
}
