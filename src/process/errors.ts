// Errors of starting programs.
import { define } from "../base/errors.ts";

export const processErrors = {
  envValue: define(
    "ERR_ENV_VALUE",
    "remote",
    (name: string) => `'env' values must be strings or lists; key '${name}' is incorrect`,
    { remoteType: "builtins.RuntimeError" },
  ),
  envTooLarge: define(
    "ERR_ENV_TOO_LARGE",
    "remote",
    (limit: number) => `the variables in 'env' expand to more than ${limit} characters`,
    { remoteType: "builtins.RuntimeError" },
  ),
  programNotStarted: define(
    "ERR_PROGRAM_NOT_STARTED",
    "remote",
    (program: string, reason: string) => `cannot run ${program}: ${reason}`,
  ),
} as const;
