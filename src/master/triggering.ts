// Builds that trigger steps request, and who waits for their ends.
import type { TriggeredEnd, Triggers } from "./builds/index.ts";
import type { MasterParts } from "./master-parts.ts";
import type { Result } from "./results.ts";
import type { NewRequest } from "./store/index.ts";

export interface TriggeringOptions extends MasterParts {
  /** Returns the id of the request. */
  readonly submit: (request: NewRequest) => number;
}

export class Triggering implements Triggers {
  readonly #options: TriggeringOptions;
  readonly #waiting = new Map<number, ((end: TriggeredEnd) => void)[]>();

  constructor(options: TriggeringOptions) {
    this.#options = options;
  }

  request(names: readonly string[], properties: ReadonlyMap<string, string>) {
    const triggerable = this.#options.config().schedulers.filter(({ type }) => type === "triggerable");
    const builders = new Map(triggerable.map((scheduler) => [scheduler.name, scheduler.builders]));
    // Those of a build that runs may have been removed.
    const missing = names.find((name) => !builders.has(name));
    if (missing !== undefined) return { impossible: `there is no triggerable scheduler '${missing}'` };
    return names.flatMap((name) =>
      builders.get(name)!.map((builder) =>
        this.#options.submit({
          builder,
          reason: `triggerable scheduler '${name}'`,
          rebuildOf: undefined,
          properties: new Map([...properties, ["scheduler", name]]),
        }),
      ),
    );
  }

  ended(requestId: number): Promise<TriggeredEnd> {
    return new Promise((resolve) => {
      this.#waiting.set(requestId, [...(this.#waiting.get(requestId) ?? []), resolve]);
    });
  }

  /** A build of the request has ended, or it was cancelled. */
  requestEnded(requestId: number, result: Result): void {
    if (result === "RETRY") this.endRemoved();
    else this.#end(requestId, { result });
  }

  /** The configuration has changed: requests of builders that are gone wait until those are back, but no step does. */
  endRemoved(): void {
    const { config, store } = this.#options;
    const known = new Set(config().builders.map(({ name }) => name));
    for (const id of this.#waiting.keys()) {
      const builder = store.requests.waitingWithId(id)?.builder;
      if (builder === undefined || known.has(builder)) continue;
      this.#end(id, { result: "EXCEPTION", fault: `'${builder}' is no longer in master.yaml` });
    }
  }

  #end(requestId: number, end: TriggeredEnd): void {
    for (const resolve of this.#waiting.get(requestId) ?? []) resolve(end);
    this.#waiting.delete(requestId);
  }
}
