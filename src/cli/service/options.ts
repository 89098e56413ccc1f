// The options of `buildhand service …`. The commands are loaded when they are called.
import type { OptionRow, ParsedOptions } from "../option-parser.ts";
import { ownRows } from "../start.ts";

/** Of `uninstall` and `status` alone. */
export const serviceOptions: readonly OptionRow[] = [
  { name: "user", help: "a service of this user's own systemd instead of the system's" },
];

/** Of `print` too. */
export const installServiceOptions: readonly OptionRow[] = [
  ...serviceOptions,
  { name: "name", argument: "NAME", help: "call it buildhand-NAME.service; default: the escaped path of BASEDIR" },
  { name: "account", argument: "NAME", help: "run as this user; default: the owner of BASEDIR" },
  {
    name: "password-file",
    argument: "FILE",
    help: "give the worker this file as a credential; its path is then in WORKERPASS_FILE",
  },
  { name: "memory-max", argument: "BYTES", help: "memory of worker and builds together, such as 8G or 50%" },
  { name: "tasks-max", argument: "COUNT", help: "processes and threads of worker and builds together" },
  {
    name: "cpu-quota",
    argument: "PERCENT",
    help: "processor time of worker and builds together; 200%: two processors",
  },
  { name: "watchdog", argument: "SECONDS", help: "restart a worker whose event loop has hung for this long" },
  {
    name: "harden",
    help: "forbid sudo to builds, make /usr and /etc read-only, and hide homes, devices and others' /tmp",
  },
  ...ownRows.map((row) => (row.name === "on-sigterm" ? { ...row, default: "drain" } : row)),
];

/** Each resolves to the exit code, and throws usage errors. */
export const runInstallService = async (options: ParsedOptions) =>
  (await import("./install.ts")).installService(options);
export const runPrintService = async (options: ParsedOptions) =>
  (await import("./planned-unit.ts")).printService(options);
export const runUninstallService = async (options: ParsedOptions) =>
  (await import("./installed.ts")).uninstallService(options);
export const runServiceStatus = async (options: ParsedOptions) =>
  (await import("./installed.ts")).serviceStatus(options);
