// A build a test asked for, from its request to its outcome. It outlives restarts of the master: every question goes
// to whatever connection the master has at that moment.

import { type PollOptions, poll } from "../../support/poll.ts";
import {
  type BuildOutcome,
  type BuildRow,
  readAttempts,
  readOutcome,
  readSteps,
  type StepOutcome,
} from "./build-outcome.ts";
import type { ControlLink } from "./control-link.ts";

/** How long a build may take unless its test says otherwise. */
const BUILD_DEADLINE_MS = 180_000;

export interface BuildSurroundings {
  /** The connection to the master as it is now; throws while the master is down. */
  readonly link: () => ControlLink;
  readonly logs: NonNullable<PollOptions["logs"]>;
}

export class StartedBuild {
  readonly builder: string;
  readonly #requestId: number;
  readonly #master: BuildSurroundings;

  constructor(builder: string, requestId: number, master: BuildSurroundings) {
    this.builder = builder;
    this.#requestId = requestId;
    this.#master = master;
  }

  /** All attempts so far; more than one after a retry. */
  attempts(): Promise<BuildRow[]> {
    return readAttempts(this.#master.link(), this.#requestId);
  }

  /** Waits until the latest attempt has begun this step. */
  async stepStarted(name: string): Promise<void> {
    await this.#poll(`step ${name} to start`, async () => {
      const step = await this.#latestStep(name);
      return step?.started === true ? step : undefined;
    });
  }

  /** Waits until the latest attempt's log of this step holds a line that matches; the worker may keep it for 5 s. */
  async logLine(step: string, pattern: RegExp, log = "stdio"): Promise<string> {
    return this.#poll(`a line like ${pattern} in log ${log} of step ${step}`, async () => {
      const stored = (await this.#latestStep(step))?.logs[log];
      return stored?.lines.find(({ line }) => pattern.test(line))?.line;
    });
  }

  /** Asks the master to stop the latest attempt; does not wait for its end. */
  async stop(reason: string): Promise<void> {
    const latest = (await this.attempts()).at(-1);
    if (latest === undefined) throw new Error(`no build of ${this.builder} has begun yet: nothing to stop`);
    const path = ["builds", latest.buildId];
    await this.#master.link().request("control", { action: "stop", arguments: { reason }, path });
  }

  /** Waits until the request is done with, retries included, and returns the last attempt. */
  async finished(deadlineMs = BUILD_DEADLINE_MS): Promise<BuildOutcome> {
    const build = await this.#poll("its end", () => this.#finishedAttempt(), deadlineMs);
    return readOutcome(this.#master.link(), build);
  }

  async #finishedAttempt(): Promise<BuildRow | undefined> {
    const isComplete = await this.#master.link().request("is_complete", { request: this.#requestId });
    if (isComplete !== true) return undefined;
    const latest = (await this.attempts()).at(-1);
    if (latest === undefined) throw new Error(`the request to build ${this.builder} was cancelled before any build`);
    return latest.complete ? latest : undefined;
  }

  async #latestStep(name: string): Promise<StepOutcome | undefined> {
    const latest = (await this.attempts()).at(-1);
    if (latest === undefined) return undefined;
    return (await readSteps(this.#master.link(), latest.buildId)).find((step) => step.name === name);
  }

  #poll<Value>(what: string, probe: () => Promise<Value | undefined>, deadlineMs = BUILD_DEADLINE_MS) {
    return poll(`build of ${this.builder}: ${what}`, probe, { deadlineMs, logs: this.#master.logs });
  }
}
