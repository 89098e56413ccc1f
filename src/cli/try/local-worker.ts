// A worker in this process, set up as the one of a base directory would be.
import { systemClock } from "../../base/clock.ts";
import { version } from "../../base/version.ts";
import { environmentSource, ownOptions, readTacConfig, readTacFile } from "../../config/index.ts";
import { configuredSetup } from "../../daemon/index.ts";
import { openWorkerRuntime, Worker } from "../../worker/index.ts";

export interface LocalWorkerOptions {
  /** Absolute. */
  readonly baseDirectory: string;
  /** Whether it has a buildbot.tac whose options count. */
  readonly hasTac: boolean;
  /** What a worker would say in its log. */
  readonly log: (text: string) => void;
  readonly onBug: (error: unknown) => void;
}

export interface LocalWorker {
  readonly worker: Worker;
  /** Ends what runs on it, and then all that it took to run that. */
  stop(): Promise<void>;
}

/** Sets this process's umask if a buildbot.tac has one. Throws usage errors. */
export async function localWorker({ baseDirectory, hasTac, log, onBug }: LocalWorkerOptions): Promise<LocalWorker> {
  const { workers, options } = hasTac ? readTacConfig(readTacFile(baseDirectory)) : withoutTac(baseDirectory);
  const [settings] = workers;
  if (settings.umask !== null) process.umask(settings.umask);
  const setup = {
    ...(await configuredSetup({ settings, options, log })),
    onBug,
    keepLastOutput() {}, // it was shown
    numcpus: undefined,
    // Others' builds lie there.
    deleteLeftoverDirs: false,
    version,
  };
  const runtime = openWorkerRuntime({ clock: systemClock, controlGroups: options.cgroups, log });
  const worker = new Worker(setup, runtime);
  return {
    worker,
    async stop() {
      await worker.stop();
      await runtime.close();
    },
  };
}

function withoutTac(basedir: string) {
  const settings = { basedir, umask: null, unicodeEncoding: null, passwordVariables: [] };
  return { workers: [settings] as const, options: ownOptions([environmentSource(process.env)]) };
}
