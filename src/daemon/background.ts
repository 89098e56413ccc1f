// Starts a worker or a master as a process of its own that outlives the terminal, and tells how that went.
import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { followLog, lastFailure } from "./follow-log.ts";
import { LogTail } from "./log-tail.ts";
import { type PidPlace, readPidFile } from "./pid-file.ts";
import { openToAppend } from "./twistd-log.ts";

export interface BackgroundRequest {
  /** The program and its arguments that run it in the foreground. */
  readonly command: readonly string[];
  readonly logPath: string;
  readonly pid: PidPlace;
  readonly clock: Clock;
  /** Asked with what was added to the log, or with its end: whether that is what is waited for. Default: it only has to run. */
  readonly isReady?: ((added: Buffer) => boolean) | undefined;
}

/** As long as the real worker's start waits. */
const READY_DEADLINE_MS = 10_000;

export type BackgroundOutcome =
  /** It is ready, or only runs, whichever was waited for. */
  | { readonly state: "started" }
  /** `lastWords`: the end of what it logged. */
  | { readonly state: "ended"; readonly lastWords: string }
  /** It runs, and nobody knows yet; `failure` is what it said last of why it has not attached. */
  | { readonly state: "deadline"; readonly failure: string | undefined }
  /** Another start was faster. */
  | { readonly state: "another"; readonly pid: number };

/** Throws ERR_LOG_UNOPENED; the process goes on running when it is not done by the deadline. */
export async function startInBackground(request: BackgroundRequest): Promise<BackgroundOutcome> {
  const { command, logPath, pid, clock, isReady } = request;
  const [file = "", ...args] = command;
  // What the process cannot write in its own words, such as a crash of Node, goes to the log as well.
  const log = openToAppend(logPath);
  const tail = new LogTail(logPath);
  const child = spawn(file, args, { cwd: pid.directory, detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  let ended = false;
  const noteEnd = () => {
    ended = true;
  };
  child.once("exit", noteEnd).once("error", noteEnd);
  let ready = isReady === undefined;
  const outcome = await followLog(tail, {
    clock,
    deadlineMs: READY_DEADLINE_MS,
    isEnough: (added) => {
      ready ||= isReady?.(added) === true;
      // Of two starts at once both write the same log, so what is there may well be the other's.
      return ready && ownerOf(pid) === child.pid;
    },
    hasEnded: () => ended,
  });
  tail.close();
  child.unref();
  const owner = ownerOf(pid);
  if (owner !== undefined && owner !== child.pid) return { state: "another", pid: owner };
  if (outcome.state === "enough") return { state: "started" };
  return outcome.state === "ended" ? outcome : { state: "deadline", failure: lastFailure(outcome.lastWords) };
}

/** What is said of a process that has ended. `lastWords` is the end of what it logged. */
export function endedAtOnce(who: string, logPath: string, lastWords: string): string {
  return lastWords === ""
    ? `${who} ended right after its start, and ${logPath} has nothing of it: see that the disk has room`
    : `${who} ended right after its start. The end of ${logPath}:\n${lastWords}`;
}

function ownerOf(place: PidPlace): number | undefined {
  const found = readPidFile(place);
  return found.state === "running" ? found.pid : undefined;
}
