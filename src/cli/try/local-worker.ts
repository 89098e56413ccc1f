// A worker in this process, configured like the one of a base directory.
import { systemClock } from "../../base/clock.ts";
import { version } from "../../base/version.ts";
import { environmentSource, ownOptions, ownSecrets, readTacFile } from "../../config/index.ts";
import { applyEffects, configuredSetup } from "../../daemon/index.ts";
import { openWorkerRuntime, takeEnvironment, Worker } from "../../worker/index.ts";
import { tacConfig } from "../worker-directory.ts";

export interface LocalWorkerOptions {
  /** Absolute. */
  readonly baseDirectory: string;
  /** Whether to use the options of its buildbot.tac. */
  readonly hasTac: boolean;
  /** Gets the worker's log messages. */
  readonly log: (text: string) => void;
  readonly onBug: (error: unknown) => void;
}

export interface LocalWorker {
  readonly worker: Worker;
  /** Ends the worker's commands, and then the worker itself. */
  stop(): Promise<void>;
}

/**
 * Of several workers in a buildbot.tac, uses the one with that base directory, or the first. Applies the file's
 * settings to this process, including the umask. Throws usage errors.
 */
export async function localWorker({ baseDirectory, hasTac, log, onBug }: LocalWorkerOptions): Promise<LocalWorker> {
  const config = hasTac ? tacConfig(readTacFile(baseDirectory)) : undefined;
  if (config !== undefined) applyEffects(config.effects);
  const { workers, options } = config ?? withoutTac(baseDirectory);
  const settings = workers.find(({ basedir }) => basedir === baseDirectory) ?? workers[0];
  const secrets = ownSecrets(config?.workers ?? [], process.env);
  const environment = takeEnvironment(
    workers.flatMap(({ passwordVariables }) => passwordVariables),
    options,
  );
  if (settings.umask !== null) process.umask(settings.umask);
  const setup = {
    ...(await configuredSetup({ settings, options, environment, secrets, log })),
    onBug,
    keepLastOutput() {}, // already printed
    numcpus: undefined,
    // The directory contains other builds.
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
