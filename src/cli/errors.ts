// Errors of the commands.
import { define } from "../base/errors.ts";

export const cliErrors = {
  demo: define("ERR_DEMO", "usage", (reason: string) => `the demo cannot go on: ${reason}`),
  tacImport: define(
    "ERR_TAC_IMPORT",
    "usage",
    (path: string, reason: string) => `${path} cannot be imported: ${reason}`,
  ),
  bundle: define("ERR_BUNDLE", "usage", (path: string, reason: string) => `cannot write the bundle ${path}: ${reason}`),
  shims: define("ERR_SHIMS", "usage", (path: string, reason: string) => `${path} ${reason}`),
  service: define("ERR_SERVICE", "usage", (sentence: string) => sentence),
} as const;
