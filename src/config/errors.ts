// Errors in the configuration of a worker.
import { define } from "../base/errors.ts";

export const configErrors = {
  tacUnreachable: define(
    "ERR_TAC_UNREACHABLE",
    "usage",
    (path: string, reason: string) => `error reading '${path}': ${reason}`,
    { trouble: "tac-unreadable" },
  ),
  tacContent: define("ERR_TAC_CONTENT", "usage", (path: string) => `unexpected content in '${path}'`, {
    trouble: "tac-of-another",
  }),
  tacSyntax: define(
    "ERR_TAC_SYNTAX",
    "usage",
    (path: string, line: number, reason: string) => `${path}, line ${line}: ${reason}`,
    { trouble: "tac-python" },
  ),
  password: define(
    "ERR_PASSWORD",
    "usage",
    (where: string, reason: string) => `cannot read the password from ${where}: ${reason}`,
  ),
  tacEnded: define(
    "ERR_TAC_ENDED",
    "usage",
    (printed: string, { path, line }: { path: string; line: number }, reason: string) =>
      `${printed}${path}, line ${line}: the file ends the start: ${reason}`,
    { trouble: "tac-ended" },
  ),
  tacSetting: define("ERR_TAC_SETTING", "usage", (sentence: string) => sentence, { trouble: "tac-setting" }),
} as const;
