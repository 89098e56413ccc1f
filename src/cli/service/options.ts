// The options of `buildhand service …`; the commands are loaded when they are called, so that a worker has nothing of them.
import { type OptionRow, type ParsedOptions, parseOptions } from "../option-parser.ts";
import { ownRows } from "../start.ts";

const userOption: OptionRow = { name: "user", help: "a service of this user's own systemd instead of the system's" };

const unitOptions: readonly OptionRow[] = [
  userOption,
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
];

/** Of print too. */
export const installServiceOptions: readonly OptionRow[] = [...unitOptions, ...ownRows];
export const uninstallServiceOptions: readonly OptionRow[] = [userOption];
export const serviceStatusOptions: readonly OptionRow[] = [userOption];

/** Each resolves to the exit code, and throws usage errors. */
export const runInstallService = command(installServiceOptions, async (options) =>
  (await import("./install.ts")).installService(options),
);
export const runPrintService = command(installServiceOptions, async (options) =>
  (await import("./planned-unit.ts")).printService(options),
);
export const runUninstallService = command(uninstallServiceOptions, async (options) =>
  (await import("./installed.ts")).uninstallService(options),
);
export const runServiceStatus = command(serviceStatusOptions, async (options) =>
  (await import("./installed.ts")).serviceStatus(options),
);

function command(rows: readonly OptionRow[], run: (options: ParsedOptions) => Promise<number>) {
  return (argv: readonly string[]): Promise<number> => run(parseOptions(rows, argv));
}
