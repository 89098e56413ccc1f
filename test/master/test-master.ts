// A master in a temporary directory with a clock that stands still, and configurations for it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/base/clock.ts";
import { Master } from "../../src/master/master.ts";
import type {
  BuilderConfig,
  ForceConfig,
  MasterConfig,
  RetentionConfig,
  ShellStep,
  StepConfig,
  TriggerStep,
  WorkerConfig,
} from "../../src/master/master-config.ts";
import type { BuildDetail } from "../../src/master/master-view.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { FakeLink, type FakeLinkOptions } from "./fake-link.ts";

export function shellStep(name: string, more: Partial<ShellStep> = {}): ShellStep {
  return {
    type: "shell",
    name,
    haltOnFailure: false,
    flunkOnFailure: true,
    warnOnFailure: false,
    alwaysRun: false,
    command: `make ${name}`,
    workdir: "build",
    env: new Map(),
    timeout: 1200,
    maxTime: null,
    sigtermTime: null,
    maxLines: null,
    usePTY: false,
    logfiles: new Map(),
    initialStdin: null,
    decodeRC: new Map(),
    ...more,
  };
}

export function builder(name: string, steps: readonly StepConfig[], more: Partial<BuilderConfig> = {}): BuilderConfig {
  const environment = { env: new Map(), logEnviron: true, hiddenVariables: [] };
  return { name, description: undefined, directory: name, workers: ["w1"], ...environment, steps, ...more };
}

export function config(builders: readonly BuilderConfig[], more: Partial<MasterConfig> = {}): MasterConfig {
  const names = new Set(builders.flatMap(({ workers }) => workers));
  return {
    title: "Test",
    listeners: [],
    web: undefined,
    workers: [...names].map((name) => worker(name)),
    builders,
    schedulers: [force(...builders.map(({ name }) => name))],
    changeSources: [],
    reporters: [],
    mergeRequests: false,
    secrets: new Map(),
    retention: retention(),
    ...more,
  };
}

/** A build of `a` triggers one of `b`, which another worker builds. */
export function triggering(more: Partial<TriggerStep> = {}): MasterConfig {
  const { name, haltOnFailure, flunkOnFailure, warnOnFailure, alwaysRun } = shellStep("deploy");
  const trigger: TriggerStep = {
    type: "trigger",
    name,
    haltOnFailure,
    flunkOnFailure,
    warnOnFailure,
    alwaysRun,
    schedulers: ["after"],
    waitForFinish: true,
    properties: new Map([["from", "%(prop:buildername)s"]]),
    ...more,
  };
  return config([builder("a", [trigger]), builder("b", [shellStep("one")], { workers: ["w2"] })], {
    schedulers: [force("a"), { type: "triggerable", name: "after", builders: ["b"] }],
  });
}

export function force(...builders: readonly string[]): ForceConfig {
  return { type: "force", name: "force", builders, parameters: [] };
}

export function worker(name: string, maxBuilds?: number): WorkerConfig {
  return { name, password: "sekret", maxBuilds };
}

export function retention(more: Partial<RetentionConfig> = {}): RetentionConfig {
  const logs = { logLimitBytes: 100_000_000, buildLogLimitBytes: 2 ** 30 };
  return { buildsPerBuilder: undefined, days: undefined, ...logs, minFreeBytes: 0, minFreePercent: 0, ...more };
}

export interface TestMasterOptions {
  readonly clock?: Clock;
}

/** Starts at once. `restart` closes it and starts another on the same store. */
export class TestMaster {
  readonly directory = mkdtempSync(join(tmpdir(), "buildhand-master-"));
  readonly clock = new ManualClock();
  readonly said: string[] = [];
  readonly #options: TestMasterOptions;
  master: Master;

  constructor(masterConfig: MasterConfig, options: TestMasterOptions = {}) {
    this.#options = options;
    this.master = this.#make(masterConfig);
  }

  async restart(masterConfig: MasterConfig, { isStarted } = { isStarted: true }): Promise<void> {
    await this.master.close();
    this.master = this.#make(masterConfig, isStarted);
  }

  /** A worker that has attached. */
  async attach(options: FakeLinkOptions = {}): Promise<FakeLink> {
    const link = new FakeLink(options);
    await this.master.workers.attach(link);
    return link;
  }

  /** Waits for the end of a build. */
  ended(builderName: string, number: number): Promise<BuildDetail> {
    return poll(`the end of build ${number} of ${builderName}`, () => {
      const build = this.master.view.build(builderName, number);
      return build?.endedAtMs === undefined ? undefined : build;
    });
  }

  /** All lines of a step's log, with the letter of their stream. */
  lines(build: BuildDetail, step = 1, log = "stdio"): readonly string[] {
    const found = build.steps[step - 1]?.logs.find(({ name }) => name === log);
    if (found === undefined) return [];
    return this.master.view.logLines(found.id, 0, 1_000_000).map(({ stream, text }) => `${stream}${text}`);
  }

  async remove(): Promise<void> {
    await this.master.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #make(masterConfig: MasterConfig, isStarted = true): Master {
    const master = new Master({
      config: masterConfig,
      directory: this.directory,
      clock: this.#options.clock ?? this.clock,
      log: (sentence) => this.said.push(sentence),
    });
    if (isStarted) master.start();
    return master;
  }
}
