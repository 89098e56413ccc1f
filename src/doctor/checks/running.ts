// Checks the worker of the base directory: its pid file, its log, and leftover processes of a crashed worker.
import { constants } from "node:fs";
import { dirname } from "node:path";
import { type PidFile, readPidFile } from "../../daemon/index.ts";
import { findOrphans, type Orphans } from "../../process/crash-safety/index.ts";
import { namesOf } from "../../process/tree/index.ts";
import { findOwnWorker, type OwnWorker } from "../own-worker.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { Subject } from "../subject.ts";
import { accessProblem, fileStats, isReachable } from "./basedir.ts";

const { fine, note, finding } = statementsOf("basedir");

export async function checkRunning(subject: Subject): Promise<readonly Remark[]> {
  const { basedir, workerBasedirs, pid, logPath, clock } = subject;
  if (!isReachable(basedir)) return [];
  const places = [...new Set([basedir, ...workerBasedirs])];
  const orphans = await Promise.all(places.map((baseDirectory) => findOrphans({ baseDirectory, clock })));
  return [
    judgePidFile(readPidFile(pid), pid.path, findOwnWorker(subject)),
    ...judgeOrphans(orphans.flat()),
    ...(logPath === undefined ? [] : [judgeLog(logPath, logProblem(logPath))]),
  ];
}

/** `own`: the running worker, found with or without the file. */
export function judgePidFile(found: PidFile, path: string, own: OwnWorker | undefined): Remark {
  switch (found.state) {
    case "absent":
      return fine(
        own === undefined
          ? "no worker is running here"
          : `a worker is running here in the foreground, process ${own.pid}`,
      );
    case "running":
      return fine(`a worker is running here, process ${found.pid}`);
    case "stale":
      return finding("pid-stale", `${path} names process ${found.pid}, which is not a worker of this directory`);
    case "unreadable":
      return finding("pid-file", `${path} ${found.reason}`);
    default:
      return found satisfies never;
  }
}

export function judgeOrphans(all: readonly Orphans[]): readonly Remark[] {
  if (all.length === 0) return [fine("there are no leftover processes of a crashed worker")];
  return all.map(({ of, processes }) =>
    finding("processes-left", `worker process ${of} has ended and left: ${namesOf(processes)}`),
  );
}

/** `refused`: why the log cannot be written. */
export function judgeLog(path: string, refused: string | undefined): Remark {
  return refused === undefined ? note(`the log is ${path}`) : finding("log-unopened", `${path}: ${refused}`);
}

function logProblem(path: string): string | undefined {
  return accessProblem(fileStats(path) === undefined ? dirname(path) : path, constants.W_OK);
}
