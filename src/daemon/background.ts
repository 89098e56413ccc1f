// Starts a worker or a master as a background process that outlives the terminal, and reports whether it started.
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
  /** Called with what was added to the log, or with its end. Default: ready once it runs. */
  readonly isReady?: ((added: Buffer) => boolean) | undefined;
}

/** The same as for the real worker. */
const READY_DEADLINE_MS = 10_000;

export type BackgroundOutcome =
  /** It is ready, or runs if there is no `isReady`. */
  | { readonly state: "started" }
  /** `lastWords`: the end of its log. */
  | { readonly state: "ended"; readonly lastWords: string }
  /** It runs, but is not ready yet; `failure` is the last reason in its log why it has not attached. */
  | { readonly state: "deadline"; readonly failure: string | undefined }
  /** Another process was started first. */
  | { readonly state: "another"; readonly pid: number };

/** Throws ERR_LOG_UNOPENED. The process continues to run if it is not ready by the deadline. */
export async function startInBackground(request: BackgroundRequest): Promise<BackgroundOutcome> {
  const { command, logPath, pid, clock, isReady } = request;
  const [file = "", ...args] = command;
  // Output that does not come from the logger, such as a crash of Node.js, goes to the log as well.
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
    isDone: (added) => {
      ready ||= isReady?.(added) === true;
      // Two processes started at once write to the same log, so the lines may be from the other one.
      return ready && ownerOf(pid) === child.pid;
    },
    hasEnded: () => ended,
  });
  tail.close();
  child.unref();
  const owner = ownerOf(pid);
  if (owner !== undefined && owner !== child.pid) return { state: "another", pid: owner };
  if (outcome.state === "done") return { state: "started" };
  return outcome.state === "ended" ? outcome : { state: "deadline", failure: lastFailure(outcome.lastWords) };
}

/** The message for a process that has ended. `lastWords` is the end of its log. */
export function endedAtOnce(who: string, logPath: string, lastWords: string): string {
  return lastWords === ""
    ? `${who} ended right after it was started, without output in ${logPath}: check that the disk has free space`
    : `${who} ended right after it was started. The end of ${logPath}:\n${lastWords}`;
}

function ownerOf(place: PidPlace): number | undefined {
  const found = readPidFile(place);
  return found.state === "running" ? found.pid : undefined;
}
