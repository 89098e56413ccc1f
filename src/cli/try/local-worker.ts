// A worker in this process, set up as the one of a base directory would be.
import { systemClock } from "../../base/clock.ts";
import { version } from "../../base/version.ts";
import { environmentSource, type OwnOptions, ownOptions, readTac, readTacFile } from "../../config/index.ts";
import { type EquippedWorker, equipWorker, openEncodings, takeEnvironment } from "../../worker/index.ts";

export interface LocalWorkerOptions {
  /** Absolute. */
  readonly baseDirectory: string;
  /** Whether it has a buildbot.tac whose options count. */
  readonly hasTac: boolean;
  /** What a worker would say in its log. */
  readonly log: (text: string) => void;
  readonly onBug: (error: unknown) => void;
}

/** Throws usage errors. */
export async function localWorker({ baseDirectory, hasTac, log, onBug }: LocalWorkerOptions): Promise<EquippedWorker> {
  const { own, umask, unicodeEncoding, directory, passwordVariables } = hasTac
    ? ofTac(baseDirectory)
    : {
        own: ownOptions([environmentSource(process.env)]),
        umask: null,
        unicodeEncoding: null,
        directory: baseDirectory,
        passwordVariables: [],
      };
  if (umask !== null) process.umask(umask);
  const environment = takeEnvironment(passwordVariables);
  const encodings = await openEncodings({ configured: unicodeEncoding, environment: process.env, log });
  return equipWorker({
    baseDirectory: directory,
    environment,
    clock: systemClock,
    rules: {
      leftovers: own.leftovers,
      controlGroups: own.cgroups,
      lingerLimitMs: own.linger_limit * 1000,
      lineLimitBytes: own.line_limit,
      backlogLimitBytes: own.backlog_limit,
      ...encodings,
    },
    log,
    onBug,
    keepLastOutput() {}, // it was shown
    numcpus: undefined,
    // Others' builds lie there.
    deleteLeftoverDirs: false,
    version,
  });
}

interface Chosen {
  readonly own: OwnOptions;
  readonly umask: number | null;
  readonly unicodeEncoding: string | null;
  readonly directory: string;
  readonly passwordVariables: readonly string[];
}

function ofTac(baseDirectory: string): Chosen {
  const tac = readTacFile(baseDirectory);
  const { settings, own } = readTac(tac.text, { path: tac.path, directory: baseDirectory, environment: process.env });
  const { umask, unicodeEncoding, basedir: directory, passwordVariables } = settings;
  const options = ownOptions([environmentSource(process.env), own]);
  return { own: options, umask, unicodeEncoding, directory, passwordVariables };
}
