// A worker and a master of ours with one builder, for tests of transfers: files in its `build` directory, commands run
// on it, and what the master's file was asked for.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Clock } from "../../src/base/clock.ts";
import type { JellyValue, Remote } from "../../src/wire/jelly/values.ts";
import type { FakeFile } from "../support/fake-files.ts";
import { type AttachedWorker, type CommandReport, FakeMaster } from "../support/fake-master.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { startTestWorker, type TestWorker } from "../support/test-worker.ts";

export interface TransferPair {
  readonly master: FakeMaster;
  readonly worker: TestWorker;
  readonly attached: AttachedWorker;
  readonly builder: Remote;
  /** Where the names that commands get begin. */
  readonly directory: string;
  /** Starts a transfer; rejects when the worker refuses it. */
  readonly start: (command: string, args: Record<string, JellyValue>, files: TransferFiles) => Promise<CommandReport>;
  /** Runs a transfer to its end. */
  readonly run: (command: string, args: Record<string, JellyValue>, files: TransferFiles) => Promise<TransferResult>;
  readonly interrupt: () => Promise<JellyValue>;
}

export interface TransferFiles {
  readonly writer?: FakeFile;
  readonly reader?: FakeFile;
}

export interface TransferResult {
  /** In order; of `elapsed` only that it came. */
  readonly updates: readonly (readonly [string, unknown])[];
  /** The type and text of the failure, if there was one. */
  readonly failure: readonly [string, string] | null;
  readonly completions: number;
}

/** Ended after the test. By default time stands still, so that no transfer is long enough to tell of its progress. */
export async function transferPair(
  environment: Record<string, string> = {},
  clock: Clock = new ManualClock(),
): Promise<TransferPair> {
  const master = await FakeMaster.listen();
  // Not by a hook of this module, which only the first of the files that share a process would have.
  onTestFinished(() => master.close());
  const settings = { environment: { PATH: process.env["PATH"], ...environment }, clock };
  const worker = await startTestWorker({ port: master.port, settings });
  onTestFinished(() => worker.end());
  const attached = await master.nextWorker();
  const builder = (await attached.setBuilders("b1")).get("b1")!;
  const directory = join(worker.basedir, "b1", "build");
  await mkdir(directory);
  const start = (command: string, args: Record<string, JellyValue>, files: TransferFiles) => {
    const handles = Object.entries(files).map(([name, file]) => [name, attached.broker.expose(file.object)]);
    const common = { workdir: "build", maxsize: null, blocksize: 1000 };
    return attached.startCommand(builder, command, { ...common, ...args, ...Object.fromEntries(handles) });
  };
  return {
    master,
    worker,
    attached,
    builder,
    directory,
    start,
    run: async (command, args, files) => resultOf(await start(command, args, files)),
    interrupt: () => attached.broker.call(builder, "interruptCommand", ["1", "the test asks for it"]),
  };
}

/** Waits until it is complete. */
export async function resultOf(report: CommandReport): Promise<TransferResult> {
  const failure = (await report.completed) as null | { state: [{ dict: [string, string][] }] };
  const fields = new Map(failure?.state[0].dict);
  const shown = (value: unknown) => (typeof value === "string" ? value : (value as { bytes: string }).bytes);
  return {
    updates: report.updates.map(([key, value]) => [key, key === "elapsed" ? null : value]),
    failure: failure === null ? null : [shown(fields.get("type")), shown(fields.get("value"))],
    completions: report.completions,
  };
}

/** The updates of a transfer that said nothing but this, and was not interrupted. */
export function updates({ header, rc, stderr }: { header?: string; rc: number; stderr?: string }): unknown[] {
  return [
    ...(header === undefined ? [] : [["header", `${header}\n`]]),
    ["rc", rc],
    ["elapsed", null],
    ...(stderr === undefined ? [] : [["stderr", `${stderr}\n`]]),
  ];
}
