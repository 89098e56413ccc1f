// A worker in this process, set up as the one of a base directory would be.
import { systemClock } from "../../base/clock.ts";
import { version } from "../../base/version.ts";
import { environmentSource, ownOptions, readTacFile } from "../../config/index.ts";
import { applyEffects, configuredSetup } from "../../daemon/index.ts";
import { openWorkerRuntime, takeEnvironment, Worker } from "../../worker/index.ts";
import { tacConfig } from "../worker-directory.ts";

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

/**
 * Of several workers of a buildbot.tac the one that has that base directory, or the first. Makes this process what the file
 * asks for, its umask too. Throws usage errors.
 */
export async function localWorker({ baseDirectory, hasTac, log, onBug }: LocalWorkerOptions): Promise<LocalWorker> {
  const config = hasTac ? tacConfig(readTacFile(baseDirectory)) : undefined;
  if (config !== undefined) applyEffects(config.effects);
  const { workers, options } = config ?? withoutTac(baseDirectory);
  const settings = workers.find(({ basedir }) => basedir === baseDirectory) ?? workers[0];
  const environment = takeEnvironment(workers.flatMap(({ passwordVariables }) => passwordVariables));
  if (settings.umask !== null) process.umask(settings.umask);
  const setup = {
    ...(await configuredSetup({ settings, options, environment, log })),
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
