// Watches what is added to a worker's log until that is enough to tell how its start went.
import type { Clock } from "../base/clock.ts";
import { delay } from "../base/waiting.ts";
import { readEntries } from "./log-entry.ts";
import type { LogTail } from "./log-tail.ts";

/** What a master says first to a worker that has attached. */
const ATTACHED = "message from master: attached";
/** How a failure of a stage begins. */
const FAILURE = /^(?:name lookup|TCP|proxy|TLS|login|attach): /;
const POLL_MS = 50;
/** How much of a log's end is kept: for what may continue, and to tell why a worker ended. */
const KEPT_BYTES = 2000;

export interface FollowOptions {
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** Asked with what was added, or with its end. */
  readonly isEnough: (added: Buffer) => boolean;
  /** Whether the process that writes the log has ended. */
  readonly hasEnded: () => boolean;
}

export type FollowOutcome =
  | { readonly state: "enough" }
  /** `lastWords`: the end of what was added. */
  | { readonly state: "ended"; readonly lastWords: string }
  | { readonly state: "deadline"; readonly lastWords: string };

/** Throws the system's error when the log cannot be read. */
export async function followLog(tail: LogTail, options: FollowOptions): Promise<FollowOutcome> {
  const { clock, deadlineMs, isEnough, hasEnded } = options;
  const endMs = clock.nowMs() + deadlineMs;
  let kept = Buffer.alloc(0);
  for (;;) {
    // Asked before reading: what a process wrote before its end is read all the same.
    const ended = hasEnded();
    const added = Buffer.concat([kept, tail.read()]);
    if (isEnough(added)) return { state: "enough" };
    kept = added.subarray(-KEPT_BYTES);
    if (ended) return { state: "ended", lastWords: kept.toString().trimEnd() };
    if (clock.nowMs() >= endMs) return { state: "deadline", lastWords: kept.toString() };
    await delay(clock, POLL_MS);
  }
}

/** The last failure to connect in the end of a log, after the worker's name where there are several; undefined if none. */
export function lastFailure(log: string): string | undefined {
  const failure = readEntries(log).findLast(({ text }) => FAILURE.test(text));
  return failure && (failure.system === "-" ? failure.text : `${failure.system}: ${failure.text}`);
}

export interface Attachments {
  /** The labels of workers that have not attached yet. */
  readonly missing: ReadonlySet<string>;
  /** Reads what was added to the log. Returns whether none is missing. */
  readonly isReady: (added: Buffer) => boolean;
}

/** Which workers have attached, as their log says. `labels` are their `logLabels`. */
export function awaitAttached(labels: readonly string[]): Attachments {
  const missing = new Set(labels);
  return {
    missing,
    isReady: (added) => {
      for (const label of missing) {
        const forms = [`[${label}] ${ATTACHED}`, `"worker":${JSON.stringify(label)},"message":"${ATTACHED}"`];
        if ((labels.length === 1 ? [ATTACHED] : forms).some((form) => added.includes(form))) missing.delete(label);
      }
      return missing.size === 0;
    },
  };
}
