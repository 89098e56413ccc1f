// What runs, or has run, in the base directory: its pid file, its log, and what a worker that crashed left.
import { constants } from "node:fs";
import { dirname } from "node:path";
import { type PidFile, readPidFile } from "../../daemon/index.ts";
import { findOrphans, type Orphans } from "../../process/crash-safety/index.ts";
import { namesOf } from "../../process/tree/index.ts";
import { findOwnWorker, type OwnWorker } from "../own-worker.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { Subject } from "../subject.ts";
import { fileStats, isReachable, whyRefused } from "./basedir.ts";

const { fine, note, finding } = statementsOf("basedir");

export async function checkRunning(subject: Subject): Promise<readonly Remark[]> {
  const { basedir, workerBasedirs, pid, logPath, clock } = subject;
  if (!isReachable(basedir)) return [];
  const places = [...new Set([basedir, ...workerBasedirs])];
  const orphans = await Promise.all(places.map((baseDirectory) => findOrphans({ baseDirectory, clock })));
  return [
    judgePidFile(readPidFile(pid), pid.path, findOwnWorker(subject)),
    ...judgeOrphans(orphans.flat()),
    ...(logPath === undefined ? [] : [judgeLog(logPath, whyNotWritable(logPath))]),
  ];
}

/** `own`: who runs, whatever the file says. */
export function judgePidFile(found: PidFile, path: string, own: OwnWorker | undefined): Remark {
  switch (found.state) {
    case "absent":
      return fine(
        own === undefined ? "no worker runs here" : `a worker runs here in the foreground, process ${own.pid}`,
      );
    case "running":
      return fine(`a worker runs here, process ${found.pid}`);
    case "stale":
      return finding("pid-stale", `${path} names process ${found.pid}, which is no worker of this directory`);
    case "unreadable":
      return finding("pid-file", `${path} ${found.reason}`);
    default:
      return found satisfies never;
  }
}

export function judgeOrphans(all: readonly Orphans[]): readonly Remark[] {
  if (all.length === 0) return [fine("no worker that crashed has left processes")];
  return all.map(({ of, processes }) =>
    finding("processes-left", `worker process ${of} is gone, and what it was running is not: ${namesOf(processes)}`),
  );
}

/** `refused`: why nothing can be added to the log. */
export function judgeLog(path: string, refused: string | undefined): Remark {
  return refused === undefined ? note(`the log is ${path}`) : finding("log-unopened", `${path}: ${refused}`);
}

function whyNotWritable(path: string): string | undefined {
  return whyRefused(fileStats(path) === undefined ? dirname(path) : path, constants.W_OK);
}
