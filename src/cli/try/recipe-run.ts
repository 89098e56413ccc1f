// Runs the steps of a recipe on a worker, as a master would, and prints the progress.
import type { Clock } from "../../base/clock.ts";
import { durationText } from "../../base/duration.ts";
import {
  type BuildFacts,
  type Recipe,
  type Result,
  SecretMask,
  type StepConfig,
  type StepEnd,
  type StepFiles,
  StepLogs,
  StepSequence,
  type WorkerLink,
} from "../../master/index.ts";
import { type Printer, paintOf } from "../printer.ts";
import { PrintedLogs } from "./printed-logs.ts";

export interface RecipeRunOptions {
  readonly recipe: Recipe;
  readonly link: WorkerLink;
  readonly files: StepFiles;
  readonly facts: BuildFacts;
  readonly clock: Clock;
  readonly printer: Printer;
}

export class RecipeRun {
  readonly #options: RecipeRunOptions;
  readonly #sequence: StepSequence;
  readonly #logs: PrintedLogs;
  readonly #mask: SecretMask;
  #stepBeganMs = 0;

  constructor(options: RecipeRunOptions) {
    const { recipe, link, files, facts, clock, printer } = options;
    this.#options = options;
    this.#mask = new SecretMask(facts.secrets);
    this.#logs = new PrintedLogs(printer);
    this.#sequence = new StepSequence({
      builder: { ...recipe, description: undefined, workers: [], logEnviron: true, hiddenVariables: [] },
      link,
      files,
      artifacts: files,
      facts,
      triggers: undefined,
      clock,
      onBegin: (step, index) => this.#begun(step, index),
      onEnd: (step, index, end) => this.#ended(step, index, end),
      onSkip: (step, index) => this.#say(step, index, "not run"),
    });
  }

  /** Ends the running step. Steps with `alwaysRun` still run; another call ends the one that is running. */
  stop(reason: string): void {
    this.#sequence.stop(reason);
  }

  /** Rejects when the builder's directory cannot be created. */
  async run(): Promise<Result> {
    const { recipe, link, clock, printer } = this.#options;
    const beganMs = clock.nowMs();
    await link.setBuilders([{ name: recipe.name, directory: recipe.directory }]);
    const { result } = await this.#sequence.run();
    printer.out(`${paintOf(printer, result)(`${result} after ${durationText(clock.nowMs() - beganMs)}`)}\n`);
    return result;
  }

  #begun(step: StepConfig, index: number): StepLogs {
    const { clock, printer } = this.#options;
    this.#stepBeganMs = clock.nowMs();
    if (index > 0) printer.out("\n");
    this.#say(step, index, "starting");
    return new StepLogs({ logs: this.#logs, stepId: index, onChange: () => {}, mask: this.#mask });
  }

  #ended(step: StepConfig, index: number, { result, text }: StepEnd): void {
    const took = durationText(this.#options.clock.nowMs() - this.#stepBeganMs);
    const why = result === "SUCCESS" ? "" : `: ${text}`;
    this.#say(step, index, `${paintOf(this.#options.printer, result)(result)}${why} (${took})`);
  }

  #say({ name }: StepConfig, index: number, what: string): void {
    const { recipe, printer } = this.#options;
    printer.out(`${printer.style.bold(`[${index + 1}/${recipe.steps.length}] ${name}`)}: ${what}\n`);
  }
}
