// Prints the progress and result of a build. Uses only the master's view.
import { durationText } from "../../base/duration.ts";
import type { BuildDetail, LogView, MasterView, Result, StepView } from "../../master/index.ts";
import { type Printer, paintOf } from "../printer.ts";

/** Lines of a log that are read at a time. */
const LINES_AT_ONCE = 1000;

export interface FollowedBuildOptions {
  readonly view: MasterView;
  readonly builder: string;
  readonly printer: Printer;
}

export class FollowedBuild {
  readonly #options: FollowedBuildOptions;
  readonly #printedLines = new Map<number, number>();
  readonly #begun = new Set<number>();
  readonly #ended = new Set<number>();

  constructor(options: FollowedBuildOptions) {
    this.#options = options;
  }

  /** Resolves to the result of the builder's newest build. */
  result(): Promise<Result> {
    const { view, builder } = this.#options;
    return new Promise((resolve) => {
      const look = () => {
        const [newest] = view.builds({ builder, limit: 1 });
        const build = newest && view.build(builder, newest.number);
        if (build === undefined) return;
        this.#print(build);
        // An interrupted build is retried.
        if (build.result === undefined || build.result === "RETRY") return;
        unwatch();
        resolve(build.result);
      };
      const unwatch = view.watch(look);
      look();
    });
  }

  #print({ steps }: BuildDetail): void {
    for (const step of steps) {
      if (step.startedAtMs === undefined) continue;
      if (!this.#begun.has(step.id)) this.#say(step, steps.length, "");
      this.#begun.add(step.id);
      for (const log of step.logs) this.#printLog(log);
      if (step.result === undefined || this.#ended.has(step.id)) continue;
      this.#ended.add(step.id);
      const took = durationText((step.endedAtMs ?? step.startedAtMs) - step.startedAtMs);
      const why = step.result === "SUCCESS" ? "" : `: ${step.stateText}`;
      this.#say(step, steps.length, `: ${paintOf(this.#options.printer, step.result)(step.result)}${why} (${took})`);
    }
  }

  #printLog({ id }: LogView): void {
    const { view, printer } = this.#options;
    for (;;) {
      const first = this.#printedLines.get(id) ?? 0;
      const lines = view.logLines(id, first, LINES_AT_ONCE);
      if (lines.length === 0) return;
      this.#printedLines.set(id, first + lines.length);
      // Headers are on the status page.
      for (const { stream, text } of lines) if (stream !== "h") printer.out(`${printer.style.dim("  |")} ${text}\n`);
    }
  }

  #say({ number, name }: StepView, count: number, rest: string): void {
    const { printer } = this.#options;
    printer.out(`${printer.style.bold(`[${number}/${count}] ${name}`)}${rest}\n`);
  }
}
