// The options of status.
import type { OptionRow } from "./option-parser.ts";
import { logFileOption, pidFileOption } from "./start.ts";

export const statusOptions: readonly OptionRow[] = [
  { name: "json", help: "print one JSON object per line for each BASEDIR" },
  { name: "watch", help: "repeat every two seconds until interrupted" },
  logFileOption,
  pidFileOption,
];
