// What doctor checks: a worker with its base directory, or one that is not yet created, as `start` would see it. Nothing is
// written, and an error in the settings is kept for the report.
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

/** One worker, with the facts that all workers of its buildbot.tac share. */
export interface Subject {
  /** Directory of the buildbot.tac; absolute. */
  readonly basedir: string;
  /** Base directories of all its workers, as far as known. */
  readonly workerBasedirs: readonly string[];
  /** Its label in the log; see `logLabels`. */
  readonly label: string;
  /** Not yet created by create-worker. */
  readonly isPlanned: boolean;
  readonly tacPath: string;
  readonly environment: ProcessEnvironment;
  readonly clock: Clock;
  readonly pid: PidPlace;
  /** Undefined for standard output, or if the settings are unknown. */
  readonly logPath: string | undefined;
  /** Like the next three, undefined if `problem` prevents reading it. */
  readonly settings: TacSettings | undefined;
  readonly options: OwnOptions | undefined;
  readonly target: MasterTarget | undefined;
  readonly protocol: Protocol | undefined;
  /** Why a worker with these settings does not start. */
  readonly problem: WorkerError | undefined;
}

export interface SubjectRequest {
  readonly basedir: string;
  /** The text of the buildbot.tac that create-worker would write; undefined for an existing base directory. */
  readonly plannedTac?: string | undefined;
  /** Buildhand's own options from the command line. */
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
    const connection = isKnown ? await connectionOf({ settings, options, tacPath }) : {};
    return {
      ...common,
      workerBasedirs: workers.map((worker) => worker.basedir),
      label: labels[index] ?? "-",
      pid: pidPlace(basedir, pidFile),
      logPath,
      settings,
      options,
      target: connection.target,
      protocol: connection.protocol,
      problem: problem ?? connection.problem,
    };
  };
  const [first, ...others] = workers;
  return [await subjectOf(first, 0), ...(await Promise.all(others.map((one, index) => subjectOf(one, index + 1))))];
}

async function connectionOf(worker: TacWorker): Promise<Partial<Pick<Subject, "target" | "protocol" | "problem">>> {
  let protocol: Protocol | undefined;
  try {
    protocol = masterProtocol(worker);
    const target = await masterTarget(worker);
    // A probe must not replace the session of the running worker.
    const relay = target.relay && { ...target.relay, instancePath: undefined };
    return { protocol, target: { ...target, relay } };
  } catch (error) {
    return { protocol, problem: problemOf(error) };
  }
}

function problemOf(error: unknown): WorkerError {
  if (error instanceof WorkerError) return error;
  throw error;
}

/** The directory whose file system and permissions matter: that of the worker, or its parent if it is not yet created. */
export function placeOf({ basedir, isPlanned }: Pick<Subject, "basedir" | "isPlanned">): string {
  return isPlanned ? dirname(basedir) : basedir;
}
