// A worker attached to a master of ours, with one builder: for tests that run commands.
import { join } from "node:path";
import type { JellyValue, Remote } from "../../src/wire/jelly/values.ts";
import type { WorkerSettings } from "../../src/worker/settings.ts";
import { type AttachedWorker, type CommandReport, FakeMaster } from "../support/fake-master.ts";
import { startTestWorker } from "../support/test-worker.ts";

export interface CommandWorker {
  readonly basedir: string;
  readonly builderDirectory: string;
  /** Starts a command; rejects when the worker refuses it. */
  start(name: string, args: Record<string, JellyValue>): Promise<CommandReport>;
  /** Runs a command to its end. */
  run(name: string, args: Record<string, JellyValue>): Promise<CommandReport>;
  interrupt(report: CommandReport): Promise<void>;
  end(): Promise<void>;
}

/** Attaches a worker with this environment; by default it has PATH, and its base directory as HOME. */
export async function attachWorker(
  environment?: Record<string, string | undefined>,
  others: Partial<WorkerSettings> = {},
): Promise<CommandWorker> {
  const master = await FakeMaster.listen();
  const settings = environment === undefined ? others : { ...others, environment };
  const worker = await startTestWorker({ port: master.port, settings });
  const attached: AttachedWorker = await master.nextWorker();
  const builder: Remote = (await attached.setBuilders("b1")).get("b1")!;
  return {
    basedir: worker.basedir,
    builderDirectory: join(worker.basedir, "b1"),
    start: (name, args) => attached.startCommand(builder, name, args),
    run: (name, args) => attached.run(builder, name, args),
    async interrupt({ id }) {
      await attached.broker.call(builder, "interruptCommand", [id, "the test asks for it"]);
    },
    async end() {
      await worker.end();
      await master.close();
    },
  };
}
