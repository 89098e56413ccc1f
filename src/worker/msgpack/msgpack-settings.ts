// What `set_worker_settings` says about output (docs/protocol/buildbot-msgpack.md §2.1), as the rules that a command's output
// goes by. Pure.

import { baseErrors } from "../../base/errors.ts";
import { Float } from "../../base/python-values.ts";
import type { OutputRules } from "../../output/index.ts";
import { sessionErrors } from "../../session/errors.ts";
import { fieldText } from "../../session/msgpack/index.ts";
import type { MsgpackMap, MsgpackValue } from "../../wire/msgpack/index.ts";

/** The expression of every master so far: what the worker's own rules do, which also know terminals' odd ends. */
const MASTERS_NEWLINES = String.raw`(\r\n|\r(?=.)|\033\[u|\033\[[0-9]+;[0-9]+[Hf]|\033\[2J|\x08+)`;
/** Whatever a master says, a batch has no more bytes; half of what may wait for its answers. */
const MOST_BATCH_BYTES = 2 * 1024 * 1024;
/** Nobody waits longer for output. */
const LONGEST_TIMEOUT_SECONDS = 3600;
/** Batches of a command that prints much are this part of the timeout apart: with the masters' 5 s, a second. */
const INTERVAL_PART = 1 / 5;

/** What holds until a master says otherwise: the worker's own rules, with the times that the protocol has. */
export const UNTOLD_RULES: OutputRules = {
  batchLimitBytes: 65_536,
  longestIntervalMs: 1000,
  lineLimitBytes: Number.POSITIVE_INFINITY,
  isTimed: true,
};

export interface WorkerSettingsReading {
  readonly rules: OutputRules;
  /** What of it cannot be followed, for the log. */
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
        : `the master's newline_re ${JSON.stringify(expression.slice(0, 200))} is not of a kind that is followed; newlines are found by the worker's own rules`,
  };
}

function numberOf(args: MsgpackMap, name: string, least: number): number {
  const value: MsgpackValue = args.get(name) ?? null;
  const number = value instanceof Float ? value.value : value;
  if (typeof number === "number" && number >= least) return number;
  throw baseErrors.badArguments(name, `a number from ${least} on`, "something else");
}
