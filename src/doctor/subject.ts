// Whom a doctor looks at: a worker that has its base directory, or one that is still to be made, as `start` would see it.
// Nothing is written, and what is wrong with the settings is kept as an error to be told.
import { dirname, join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { WorkerError } from "../base/errors.ts";
import {
  environmentSource,
  type OptionSource,
  type OwnOptions,
  ownOptions,
  readTac,
  readTacFile,
  type TacSettings,
} from "../config/index.ts";
import { masterProtocol, masterTarget, type PidPlace, pidPlace, workerLogPath } from "../daemon/index.ts";
import type { MasterTarget } from "../transport/index.ts";
import type { Protocol } from "../worker/index.ts";

export type ProcessEnvironment = Readonly<Record<string, string | undefined>>;

export interface Subject {
  /** Absolute. */
  readonly basedir: string;
  /** It is still to be made, by create-worker. */
  readonly isPlanned: boolean;
  readonly tacPath: string;
  readonly environment: ProcessEnvironment;
  readonly clock: Clock;
  readonly pid: PidPlace;
  /** Undefined for standard output, or when the settings are not known. */
  readonly logPath: string | undefined;
  /** Undefined as far as `problem` keeps it from being known. */
  readonly settings: TacSettings | undefined;
  readonly options: OwnOptions | undefined;
  readonly target: MasterTarget | undefined;
  readonly protocol: Protocol | undefined;
  /** Why a worker with these settings would not start. */
  readonly problem: WorkerError | undefined;
}

export interface SubjectRequest {
  readonly basedir: string;
  /** The text of the buildbot.tac that create-worker would write; undefined for a base directory that is there. */
  readonly plannedTac?: string | undefined;
  /** Options of ours from the command line. */
  readonly own: OptionSource;
  readonly pidFile?: string | undefined;
  /** As in RunMode. */
  readonly logFile?: string | undefined;
  readonly environment: ProcessEnvironment;
  readonly clock: Clock;
}

export async function readSubject(request: SubjectRequest): Promise<Subject> {
  const { basedir, plannedTac, own, pidFile, logFile, environment, clock } = request;
  const tacPath = join(basedir, "buildbot.tac");
  const known: { settings?: TacSettings; options?: OwnOptions; target?: MasterTarget; protocol?: Protocol } = {};
  let problem: WorkerError | undefined;
  let logPath: string | undefined;
  try {
    const text = plannedTac ?? readTacFile(basedir).text;
    const tac = readTac(text, { path: tacPath, directory: basedir, environment });
    [known.settings] = tac.workers;
    logPath = workerLogPath({ log: tac.log, tacPath }, logFile);
    known.options = ownOptions([own, environmentSource(environment), tac.own]);
    const config = { settings: known.settings, options: known.options, tacPath };
    known.protocol = masterProtocol(config);
    known.target = await masterTarget(config);
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    problem = error;
  }
  const { settings, options, target, protocol } = known;
  return {
    basedir,
    isPlanned: plannedTac !== undefined,
    tacPath,
    environment,
    clock,
    pid: pidPlace(basedir, pidFile),
    logPath,
    settings,
    options,
    target,
    protocol,
    problem,
  };
}

/** The directory whose file system and permissions count: that of the worker, or the one that it will be made in. */
export function placeOf({ basedir, isPlanned }: Pick<Subject, "basedir" | "isPlanned">): string {
  return isPlanned ? dirname(basedir) : basedir;
}
