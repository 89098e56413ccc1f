// Errors of a command's output.
import { define } from "../base/errors.ts";

export const outputErrors = {
  tooManyLogs: define(
    "ERR_TOO_MANY_LOGS",
    "remote",
    (limit: number) => `the command follows more than ${limit} log files; name fewer in logfiles`,
  ),
} as const;
