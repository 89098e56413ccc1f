// Follows a worker's log until it shows whether the start succeeded.
import type { Clock } from "../base/clock.ts";
import { delay } from "../base/waiting.ts";
import { readEntries } from "./log-entry.ts";
import type { LogTail } from "./log-tail.ts";

/** The master's first message to an attached worker. */
const ATTACHED = "message from master: attached";
/** Prefixes of the failure of a connection stage. */
const FAILURE = /^(?:name lookup|TCP|proxy|TLS|login|attach): /;
const POLL_MS = 50;
/** The end of the log that is kept, for text that continues in the next read and for the report of a worker's end. */
const KEPT_BYTES = 2000;

export interface FollowOptions {
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** Called with what was added, or with its end. */
  readonly isDone: (added: Buffer) => boolean;
  /** Whether the process that writes the log has ended. */
  readonly hasEnded: () => boolean;
}

export type FollowOutcome =
  | { readonly state: "done" }
  /** `lastWords`: the end of the added text. */
  | { readonly state: "ended"; readonly lastWords: string }
  | { readonly state: "deadline"; readonly lastWords: string };

/** Throws the system error if the log cannot be read. */
export async function followLog(tail: LogTail, options: FollowOptions): Promise<FollowOutcome> {
  const { clock, deadlineMs, isDone, hasEnded } = options;
  const endMs = clock.nowMs() + deadlineMs;
  let kept = Buffer.alloc(0);
  for (;;) {
    // Checked before reading, so that everything that the process wrote before its end is read.
    const ended = hasEnded();
    const added = Buffer.concat([kept, tail.read()]);
    if (isDone(added)) return { state: "done" };
    kept = added.subarray(-KEPT_BYTES);
    if (ended) return { state: "ended", lastWords: kept.toString().trimEnd() };
    if (clock.nowMs() >= endMs) return { state: "deadline", lastWords: kept.toString() };
    await delay(clock, POLL_MS);
  }
}

/** The last failure to connect at the end of a log, with the worker's name if there are several; undefined if none. */
export function lastFailure(log: string): string | undefined {
  const failure = readEntries(log).findLast(({ text }) => FAILURE.test(text));
  return failure && (failure.system === "-" ? failure.text : `${failure.system}: ${failure.text}`);
}

export interface Attachments {
  /** The labels of workers that have not attached yet. */
  readonly missing: ReadonlySet<string>;
  /** Takes what was added to the log. Returns whether all workers have attached. */
  readonly isReady: (added: Buffer) => boolean;
}

/** Finds in the log which workers have attached. `labels` are their `logLabels`. */
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
