// The options of status.
import type { OptionRow } from "./option-parser.ts";
import { logFileOption, pidFileOption } from "./start.ts";

export const statusOptions: readonly OptionRow[] = [
  { name: "json", help: "print one JSON object a line, for each BASEDIR" },
  { name: "watch", help: "look again every two seconds, until it is interrupted" },
  logFileOption,
  pidFileOption,
];
