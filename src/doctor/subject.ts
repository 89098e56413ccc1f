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
  type TacWorker,
} from "../config/index.ts";
import { logLabels, masterProtocol, masterTarget, type PidPlace, pidPlace, workerLogPath } from "../daemon/index.ts";
import type { MasterTarget } from "../transport/index.ts";
import type { Protocol } from "../worker/index.ts";

export type ProcessEnvironment = Readonly<Record<string, string | undefined>>;

/** One worker, with the facts that it shares with the others of its buildbot.tac. */
export interface Subject {
  /** Of the buildbot.tac; absolute. */
  readonly basedir: string;
  /** Of all its workers, as far as they are known. */
  readonly workerBasedirs: readonly string[];
  /** As the log marks its lines; see `logLabels`. */
  readonly label: string;
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

/** One for each worker. */
export async function readSubjects(request: SubjectRequest): Promise<readonly [Subject, ...Subject[]]> {
  const { basedir, plannedTac, own, pidFile, logFile, environment, clock } = request;
  const tacPath = join(basedir, "buildbot.tac");
  const common = { basedir, isPlanned: plannedTac !== undefined, tacPath, environment, clock };
  const known: { workers: readonly TacSettings[]; logPath?: string | undefined; options?: OwnOptions } = {
    workers: [],
  };
  let problem: WorkerError | undefined;
  try {
    const text = plannedTac ?? readTacFile(basedir).text;
    const tac = readTac(text, { path: tacPath, directory: basedir, environment });
    known.workers = tac.workers;
    known.logPath = workerLogPath({ log: tac.log, tacPath }, logFile);
    known.options = ownOptions([own, environmentSource(environment), tac.own]);
  } catch (error) {
    problem = problemOf(error);
  }
  const { workers, logPath, options } = known;
  const labels = logLabels(workers);
  const subjectOf = async (settings: TacSettings | undefined, index: number): Promise<Subject> => {
    const isKnown = settings !== undefined && options !== undefined;
    const way = isKnown ? await wayOf({ settings, options, tacPath }) : {};
    return {
      ...common,
      workerBasedirs: workers.map((worker) => worker.basedir),
      label: labels[index] ?? "-",
      pid: pidPlace(basedir, pidFile),
      logPath,
      settings,
      options,
      target: way.target,
      protocol: way.protocol,
      problem: problem ?? way.problem,
    };
  };
  const [first, ...others] = workers;
  return [await subjectOf(first, 0), ...(await Promise.all(others.map((one, index) => subjectOf(one, index + 1))))];
}

/** As far as the settings tell. */
async function wayOf(worker: TacWorker): Promise<Partial<Pick<Subject, "target" | "protocol" | "problem">>> {
  let protocol: Protocol | undefined;
  try {
    protocol = masterProtocol(worker);
    return { protocol, target: await masterTarget(worker) };
  } catch (error) {
    return { protocol, problem: problemOf(error) };
  }
}

function problemOf(error: unknown): WorkerError {
  if (error instanceof WorkerError) return error;
  throw error;
}

/** The directory whose file system and permissions count: that of the worker, or the one that it will be made in. */
export function placeOf({ basedir, isPlanned }: Pick<Subject, "basedir" | "isPlanned">): string {
  return isPlanned ? dirname(basedir) : basedir;
}
