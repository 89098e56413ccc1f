// Converts the output settings of `set_worker_settings` (buildbot-msgpack.md §2.1) to output rules. Pure.

import { baseErrors } from "../../base/errors.ts";
import { Float } from "../../base/python-values.ts";
import type { OutputRules } from "../../output/index.ts";
import { sessionErrors } from "../../session/errors.ts";
import { fieldText } from "../../session/msgpack/index.ts";
import type { MsgpackMap, MsgpackValue } from "../../wire/msgpack/index.ts";

/** The expression of every master so far. The worker's own rules do the same, and handle more endings of terminals. */
const MASTERS_NEWLINES = String.raw`(\r\n|\r(?=.)|\033\[u|\033\[[0-9]+;[0-9]+[Hf]|\033\[2J|\x08+)`;
/** Limit of a batch regardless of the master's setting; half of the limit of unacknowledged output. */
const MOST_BATCH_BYTES = 2 * 1024 * 1024;
/** Limit of the master's setting. */
const LONGEST_TIMEOUT_SECONDS = 3600;
/** The interval between batches as a part of the timeout: one second with the masters' 5 s. */
const INTERVAL_PART = 1 / 5;

/** Until the master sends settings: the worker's own rules, with times, which the protocol requires. */
export const DEFAULT_OUTPUT_RULES: OutputRules = {
  batchLimitBytes: 65_536,
  longestIntervalMs: 1000,
  lineLimitBytes: Number.POSITIVE_INFINITY,
  isTimed: true,
};

export interface WorkerSettingsReading {
  readonly rules: OutputRules;
  /** A log line for a setting that cannot be applied. */
  readonly warning: string | undefined;
}

/** Throws ERR_MISSING_FIELD or ERR_BAD_ARGUMENTS. */
export function readWorkerSettings(args: MsgpackMap): WorkerSettingsReading {
  const values = ["buffer_size", "buffer_timeout", "newline_re", "max_line_length"].map((name) => args.get(name));
  if (values.includes(undefined)) throw sessionErrors.missingField("settings for worker");
  const size = numberOf(args, "buffer_size", 1);
  const timeoutSeconds = numberOf(args, "buffer_timeout", 0);
  const lineLimit = numberOf(args, "max_line_length", 1);
  const expression = fieldText(args.get("newline_re") ?? null);
  if (expression === undefined) throw baseErrors.badArguments("newline_re", "text", "something else");
  return {
    rules: {
      batchLimitBytes: Math.min(size, MOST_BATCH_BYTES),
      longestIntervalMs: Math.min(timeoutSeconds, LONGEST_TIMEOUT_SECONDS) * 1000 * INTERVAL_PART,
      lineLimitBytes: lineLimit,
      isTimed: true,
    },
    warning:
      expression === MASTERS_NEWLINES
        ? undefined
        : `the master's newline_re ${JSON.stringify(expression.slice(0, 200))} is not supported; newlines are found by the worker's own rules`,
  };
}

function numberOf(args: MsgpackMap, name: string, least: number): number {
  const value: MsgpackValue = args.get(name) ?? null;
  const number = value instanceof Float ? value.value : value;
  if (typeof number === "number" && number >= least) return number;
  throw baseErrors.badArguments(name, `a number from ${least} on`, "something else");
}
