// The table of subcommands: what each is called, takes and does. The dispatcher, --help and docs/options.md read it.
import { completion } from "./completion.ts";
import { createWorkerOptions } from "./create-worker-options.ts";
import { demo, demoOptions } from "./demo/options.ts";
import { doctorOptions } from "./doctor-options.ts";
import {
  checkMasterOptions,
  createMasterOptions,
  runCheckMaster,
  runCreateMaster,
  runStartMaster,
  runStopMaster,
  startMasterOptions,
  stopMasterOptions,
} from "./master/options.ts";
import type { OptionRow, ParsedOptions } from "./option-parser.ts";
import {
  installServiceOptions,
  runInstallService,
  runPrintService,
  runServiceStatus,
  runUninstallService,
  serviceOptions,
} from "./service/options.ts";
import { runShims, runTwistd, shimsOptions, twistdOptions } from "./shims/options.ts";
import { start, startOptions } from "./start.ts";
import { statusOptions } from "./status-options.ts";
import { restart, restartOptions, stop, stopOptions } from "./stop.ts";
import { runCheckTac, runImportTac, tacCheckOptions, tacImportOptions } from "./tac/options.ts";
import { runTry, tryOptions } from "./try/options.ts";

export interface Subcommand {
  readonly name: string;
  /** What follows the name in the usage line. */
  readonly arguments: string;
  /** One sentence without its stop. */
  readonly help: string;
  /** Without helpOptions. */
  readonly options: readonly OptionRow[];
  /**
   * Resolves to the exit code; throws usage errors. Most commands are loaded when they are called, so that a worker does not hold
   * them in memory. `helpOf` is what `--help` prints for the command of those words.
   */
  readonly run: (options: ParsedOptions, helpOf: (words: readonly string[]) => string) => Promise<number>;
}

export const subcommands: readonly Subcommand[] = [
  {
    name: "create-worker",
    arguments: "[options] BASEDIR MASTERHOST[:PORT] NAME [PASSWORD]",
    help: "make the base directory of a new worker; with - for PASSWORD the password is read from standard input",
    options: createWorkerOptions,
    run: async (argv) => (await import("./create-worker.ts")).createWorker(argv),
  },
  {
    name: "start",
    arguments: "[options] [BASEDIR]",
    help: "run the worker of a base directory (default: the current one)",
    options: startOptions,
    run: start,
  },
  {
    name: "stop",
    arguments: "[options] [BASEDIR]",
    help: "end the worker of a base directory (default: the current one)",
    options: stopOptions,
    run: stop,
  },
  {
    name: "restart",
    arguments: "[options] [BASEDIR]",
    help: "end the worker of a base directory if it runs, and start it again",
    options: restartOptions,
    run: restart,
  },
  {
    name: "status",
    arguments: "[options] [BASEDIR...]",
    help: "show what the workers of base directories are doing (default: the current one)",
    options: statusOptions,
    run: async (options) => (await import("./status.ts")).status(options),
  },
  {
    name: "doctor",
    arguments: "[options] [BASEDIR | BASEDIR MASTERHOST[:PORT] NAME [PASSWORD]]",
    help: "say what is wrong with a worker, or with one that is still to be made, and what to do; nothing is changed",
    options: doctorOptions,
    run: async (options) => (await import("./doctor.ts")).doctor(options),
  },
  {
    name: "tac check",
    arguments: "[options] [BASEDIR]",
    help: "show the settings of a buildbot.tac as start would use them, each with its line, and no password",
    options: tacCheckOptions,
    run: runCheckTac,
  },
  {
    name: "tac import",
    arguments: "[options] [BASEDIR]",
    help: "execute a buildbot.tac that cannot be read, once, in python3 with your rights, and write buildbot.tac.new with what it computes",
    options: tacImportOptions,
    run: runImportTac,
  },
  {
    name: "shims",
    arguments: "[options] DIR",
    help: "write programs named buildbot-worker and twistd that call this one, for scripts and images that call those",
    options: shimsOptions,
    run: runShims,
  },
  {
    name: "twistd",
    arguments: "[options]",
    help: "start the worker of a buildbot.tac, of any name, with the options of twistd that such scripts use",
    options: twistdOptions,
    run: runTwistd,
  },
  {
    name: "demo",
    arguments: "[options]",
    help: "show a master, a worker and a build of a small project, and leave nothing behind",
    options: demoOptions,
    run: demo,
  },
  {
    name: "try",
    arguments: "[options] RECIPE",
    help: "run the steps of a recipe on this machine, as a worker would",
    options: tryOptions,
    run: runTry,
  },
  {
    name: "master create",
    arguments: "[options] [DIR]",
    help: "make the directory of a small buildmaster, with a master.yaml to be changed (default: the current one)",
    options: createMasterOptions,
    run: runCreateMaster,
  },
  {
    name: "master check",
    arguments: "[options] [DIR]",
    help: "say what is wrong with a master.yaml, or what it sets up",
    options: checkMasterOptions,
    run: runCheckMaster,
  },
  {
    name: "master start",
    arguments: "[options] [DIR]",
    help: "run the buildmaster of a directory (default: the current one)",
    options: startMasterOptions,
    run: runStartMaster,
  },
  {
    name: "master stop",
    arguments: "[options] [DIR]",
    help: "end the buildmaster of a directory (default: the current one)",
    options: stopMasterOptions,
    run: runStopMaster,
  },
  {
    name: "service install",
    arguments: "[options] [BASEDIR]",
    help: "run the worker of a base directory as a service of systemd, now and after each boot",
    options: installServiceOptions,
    run: runInstallService,
  },
  {
    name: "service uninstall",
    arguments: "[options] [BASEDIR]",
    help: "stop that service, after its running build, and remove it",
    options: serviceOptions,
    run: runUninstallService,
  },
  {
    name: "service status",
    arguments: "[options] [BASEDIR]",
    help: "show whether that service runs",
    options: serviceOptions,
    run: runServiceStatus,
  },
  {
    name: "service print",
    arguments: "[options] [BASEDIR]",
    help: "print the unit that install would write",
    options: installServiceOptions,
    run: runPrintService,
  },
  {
    name: "completion",
    arguments: "bash|zsh|fish",
    help: "print a script that lets a shell complete commands and options",
    options: [],
    run: completion,
  },
  {
    name: "help",
    arguments: "[COMMAND]",
    help: "show the help of a command, as COMMAND --help does",
    options: [],
    run: async ({ rest }, helpOf) => {
      console.log(helpOf(rest));
      return 0;
    },
  },
];

const versionOption: OptionRow = { name: "version", help: "show the version and exit" };

/** What every subcommand takes besides its own. */
export const helpOptions: readonly OptionRow[] = [
  { name: "help", short: "h", help: "show this help and exit" },
  versionOption,
];

/** What stands before the subcommand. No -h there, as with buildbot-worker. */
export const globalOptions: readonly OptionRow[] = [
  { name: "help", help: "show this help and exit" },
  { name: "verbose", help: "accepted for older scripts" },
  versionOption,
];
