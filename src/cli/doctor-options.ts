// The options of doctor: its own, those of start that affect the settings of a worker, and those of create-worker.
import { createWorkerOptions } from "./create-worker-options.ts";
import type { OptionRow } from "./option-parser.ts";
import { logFileOption, ownRows, pidFileOption } from "./start.ts";

export const doctorOptions: readonly OptionRow[] = [
  { name: "json", help: "print the result as JSON" },
  {
    name: "bundle",
    argument: "FILE",
    help: "write a tar file for a bug report: result, settings, status, log; no secrets",
  },
  logFileOption,
  pidFileOption,
  ...ownRows,
  ...createWorkerOptions.filter(({ name }) => !ownRows.some((row) => row.name === name)),
];
