// A running build of a master: records its steps and publishes changes. Independent of requests and retries.
import type { Clock } from "../../base/clock.ts";
import type { BuilderConfig, StepConfig } from "../master-config.ts";
import type { Change } from "../master-view.ts";
import { SecretMask } from "../secret-mask.ts";
import type { BuildRow, StepRow, Store } from "../store/index.ts";
import type { WorkerLink } from "../worker-link.ts";
import type { StepTools } from "./step-command.ts";
import type { StepEnd } from "./step-end.ts";
import { StepLogs } from "./step-logs.ts";
import { type BuildEnd, StepSequence } from "./step-sequence.ts";

export interface RunningBuildOptions extends StepTools {
  readonly row: BuildRow;
  readonly builder: BuilderConfig;
  readonly link: WorkerLink;
  readonly store: Store;
  readonly secrets: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly publish: (change: Change) => void;
}

export class RunningBuild {
  readonly row: BuildRow;
  readonly #options: RunningBuildOptions;
  readonly #sequence: StepSequence;
  readonly #mask: SecretMask;
  #properties: ReadonlyMap<string, string>;
  /** One row per step of the builder. */
  readonly #steps: readonly StepRow[];

  /** Throws ERR_STORE_WRITE. */
  constructor(options: RunningBuildOptions) {
    const { row, store, secrets } = options;
    this.#options = options;
    this.row = row;
    this.#mask = new SecretMask(secrets);
    this.#properties = row.properties;
    this.#steps = store.builds.steps(row.id);
    this.#sequence = new StepSequence({
      ...options,
      facts: { properties: new Map([...row.properties, ...ownProperties(row)]), secrets },
      onBegin: (step, index) => this.#begun(step, this.#steps[index]!),
      onEnd: (_step, index, end) => this.#ended(this.#steps[index]!, end),
    });
  }

  get isStopping(): boolean {
    return this.#sequence.isStopping;
  }

  /** Its logs hide these values too, as those of a new configuration. */
  hide(secrets: ReadonlyMap<string, string>): void {
    this.#mask.hide(secrets);
  }

  /** Ends the running step. Steps with `alwaysRun` still run; another call ends the one that is running. */
  stop(reason: string): void {
    this.#sequence.stop(reason);
    this.#changed();
  }

  /** Rejects with ERR_STORE_WRITE when something cannot be recorded; nothing runs on the worker then. */
  async run(): Promise<BuildEnd> {
    const end = await this.#sequence.run();
    return { ...end, stateText: this.#mask.text(end.stateText) };
  }

  #begun(step: StepConfig, row: StepRow): StepLogs {
    const { store, publish } = this.#options;
    store.builds.beginStep(row.id, store.nowMs());
    store.builds.describe(this.row.id, step.name);
    this.#changed();
    const place = { builder: this.row.builder, number: this.row.number, step: row.number };
    return new StepLogs({
      logs: store.logs,
      stepId: row.id,
      mask: this.#mask,
      onChange: (logId) => publish({ type: "log", ...place, logId }),
    });
  }

  #ended(row: StepRow, { result, text, properties }: StepEnd): void {
    const { store } = this.#options;
    if (properties !== undefined) {
      this.#properties = new Map([...this.#properties, ...properties]);
      store.builds.setProperties(this.row.id, this.#properties);
    }
    store.builds.endStep(row.id, { result, stateText: this.#mask.text(text), endedAtMs: store.nowMs() });
    this.#changed();
  }

  #changed(): void {
    this.#options.publish({ type: "build", builder: this.row.builder, number: this.row.number });
  }
}

/** With Buildbot's names. */
function ownProperties({ builder, number, worker }: BuildRow): readonly (readonly [string, string])[] {
  return [
    ["buildername", builder],
    ["buildnumber", String(number)],
    ["workername", worker],
  ];
}
