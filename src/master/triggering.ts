// Builds that trigger steps request, and who waits for their ends.
import type { Triggers } from "./builds/index.ts";
import type { MasterConfig } from "./master-config.ts";
import type { Result } from "./results.ts";
import type { NewRequest } from "./store/index.ts";

export interface TriggeringOptions {
  /** As now. */
  readonly config: () => MasterConfig;
  /** Returns the id of the request. */
  readonly submit: (request: NewRequest) => number;
}

export class Triggering implements Triggers {
  readonly #options: TriggeringOptions;
  readonly #waiting = new Map<number, ((result: Result) => void)[]>();

  constructor(options: TriggeringOptions) {
    this.#options = options;
  }

  request(schedulers: readonly string[], properties: ReadonlyMap<string, string>): readonly number[] {
    return schedulers.flatMap((name) => {
      const scheduler = this.#options
        .config()
        .schedulers.find((one) => one.name === name && one.type === "triggerable");
      return (scheduler?.builders ?? []).map((builder) =>
        this.#options.submit({
          builder,
          reason: `triggerable scheduler '${name}'`,
          rebuildOf: undefined,
          properties: new Map([...properties, ["scheduler", name]]),
        }),
      );
    });
  }

  ended(requestId: number): Promise<Result> {
    return new Promise((resolve) => {
      this.#waiting.set(requestId, [...(this.#waiting.get(requestId) ?? []), resolve]);
    });
  }

  requestEnded(requestId: number, result: Result): void {
    for (const resolve of this.#waiting.get(requestId) ?? []) resolve(result);
    this.#waiting.delete(requestId);
  }
}
