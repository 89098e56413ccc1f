// The table of subcommands, with their arguments and options: for the dispatcher, --help and docs/reference/options.md.
import { completion } from "./completion.ts";
import { createWorkerOptions } from "./create-worker-options.ts";
import { demo, demoOptions } from "./demo/options.ts";
import { doctorOptions } from "./doctor-options.ts";
import {
  cancelRequestOptions,
  checkMasterOptions,
  createMasterOptions,
  forceBuildOptions,
  masterStatusOptions,
  notifyMasterOptions,
  passwdMasterOptions,
  reloadMasterOptions,
  restartMasterOptions,
  runCancelRequest,
  runCheckMaster,
  runCreateMaster,
  runForceBuild,
  runMasterStatus,
  runNotify,
  runPasswd,
  runReloadMaster,
  runRestartMaster,
  runStartMaster,
  runStopMaster,
  stopMasterOptions,
} from "./master/options.ts";
import type { OptionRow, ParsedOptions } from "./option-parser.ts";
import {
  createRelayOptions,
  relayStatusOptions,
  runCreateRelay,
  runRelayStatus,
  runStartRelay,
  runStopRelay,
  stopRelayOptions,
} from "./relay/options.ts";
import { startServerOptions } from "./server-command.ts";
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
  /** One sentence without a full stop. */
  readonly help: string;
  /** Without helpOptions. */
  readonly options: readonly OptionRow[];
  /**
   * Resolves to the exit code; throws usage errors. Most commands are loaded when they are called, so that they use no memory in a
   * worker. `helpOf` returns what `--help` prints for the command of those words.
   */
  readonly run: (options: ParsedOptions, helpOf: (words: readonly string[]) => string) => Promise<number>;
}

export const subcommands: readonly Subcommand[] = [
  {
    name: "create-worker",
    arguments: "[options] BASEDIR MASTERHOST[:PORT] NAME [PASSWORD]",
    help: "create the base directory of a worker; if PASSWORD is -, read it from standard input",
    options: createWorkerOptions,
    run: async (argv) => (await import("./create-worker.ts")).createWorker(argv),
  },
  {
    name: "start",
    arguments: "[options] [BASEDIR]",
    help: "start the worker in a base directory (default: the current directory)",
    options: startOptions,
    run: start,
  },
  {
    name: "stop",
    arguments: "[options] [BASEDIR]",
    help: "stop the worker in a base directory (default: the current directory)",
    options: stopOptions,
    run: stop,
  },
  {
    name: "restart",
    arguments: "[options] [BASEDIR]",
    help: "stop the worker in a base directory if it is running, and start it again",
    options: restartOptions,
    run: restart,
  },
  {
    name: "status",
    arguments: "[options] [BASEDIR...]",
    help: "show the status of the workers in base directories (default: the current directory)",
    options: statusOptions,
    run: async (options) => (await import("./status.ts")).status(options),
  },
  {
    name: "doctor",
    arguments: "[options] [BASEDIR | BASEDIR MASTERHOST[:PORT] NAME [PASSWORD]]",
    help: "check the setup of a worker, or of one that create-worker would create, and suggest fixes; change nothing",
    options: doctorOptions,
    run: async (options) => (await import("./doctor.ts")).doctor(options),
  },
  {
    name: "tac check",
    arguments: "[options] [BASEDIR]",
    help: "show the settings of a buildbot.tac as start uses them, with line numbers and without passwords",
    options: tacCheckOptions,
    run: runCheckTac,
  },
  {
    name: "tac import",
    arguments: "[options] [BASEDIR]",
    help: "convert a buildbot.tac that only Python can read: run it once in python3 as the current user, and write the result to buildbot.tac.new",
    options: tacImportOptions,
    run: runImportTac,
  },
  {
    name: "shims",
    arguments: "[options] DIR",
    help: "write wrapper scripts named buildbot-worker and twistd that run Buildhand, for existing scripts and images",
    options: shimsOptions,
    run: runShims,
  },
  {
    name: "twistd",
    arguments: "[options]",
    help: "start the worker of a buildbot.tac file of any name, with options of twistd",
    options: twistdOptions,
    run: runTwistd,
  },
  {
    name: "demo",
    arguments: "[options]",
    help: "run a master, a worker and a build of a small project, and remove everything afterwards",
    options: demoOptions,
    run: demo,
  },
  {
    name: "try",
    arguments: "[options] RECIPE",
    help: "run the steps of a recipe on this host, as a worker would",
    options: tryOptions,
    run: runTry,
  },
  {
    name: "master create",
    arguments: "[options] [DIR]",
    help: "create the directory of a small buildmaster, with a master.yaml to edit (default: the current directory)",
    options: createMasterOptions,
    run: runCreateMaster,
  },
  {
    name: "master check",
    arguments: "[options] [DIR]",
    help: "check a master.yaml, and summarize what it configures",
    options: checkMasterOptions,
    run: runCheckMaster,
  },
  {
    name: "master start",
    arguments: "[options] [DIR]",
    help: "start the buildmaster in a directory (default: the current directory)",
    options: startServerOptions,
    run: runStartMaster,
  },
  {
    name: "master stop",
    arguments: "[options] [DIR]",
    help: "stop the buildmaster in a directory (default: the current directory)",
    options: stopMasterOptions,
    run: runStopMaster,
  },
  {
    name: "master restart",
    arguments: "[options] [DIR]",
    help: "stop the buildmaster in a directory if it runs, and start it; running builds are built again",
    options: restartMasterOptions,
    run: runRestartMaster,
  },
  {
    name: "master reload",
    arguments: "[options] [DIR]",
    help: "make a running buildmaster read its master.yaml again, without ending a build",
    options: reloadMasterOptions,
    run: runReloadMaster,
  },
  {
    name: "master passwd",
    arguments: "[options]",
    help: "read a password from standard input, and print its hash for master.yaml",
    options: passwdMasterOptions,
    run: runPasswd,
  },
  {
    name: "master notify",
    arguments: "[options] URL",
    help: "report pushed branches to a hook of a buildmaster, as a post-receive hook of git",
    options: notifyMasterOptions,
    run: runNotify,
  },
  {
    name: "master status",
    arguments: "[options] [DIR]",
    help: "show the builders, workers and waiting requests of a running buildmaster",
    options: masterStatusOptions,
    run: runMasterStatus,
  },
  {
    name: "master force",
    arguments: "[options] DIR BUILDER [PARAMETER=VALUE…]",
    help: "start a build of a builder that a force scheduler has",
    options: forceBuildOptions,
    run: runForceBuild,
  },
  {
    name: "master cancel",
    arguments: "[options] DIR [REQUEST…]",
    help: "cancel waiting requests by their numbers",
    options: cancelRequestOptions,
    run: runCancelRequest,
  },
  {
    name: "relay create",
    arguments: "[options] DIR",
    help: "create the directory of a relay, which holds workers' connections to a master while their network is down",
    options: createRelayOptions,
    run: runCreateRelay,
  },
  {
    name: "relay start",
    arguments: "[options] DIR",
    help: "start the relay in a directory",
    options: startServerOptions,
    run: runStartRelay,
  },
  {
    name: "relay stop",
    arguments: "[options] DIR",
    help: "stop the relay in a directory, which ends the connections of its workers",
    options: stopRelayOptions,
    run: runStopRelay,
  },
  {
    name: "relay status",
    arguments: "[options] DIR",
    help: "show the workers of a running relay, and which of them are gone",
    options: relayStatusOptions,
    run: runRelayStatus,
  },
  {
    name: "service install",
    arguments: "[options] [BASEDIR]",
    help: "run the worker in a base directory as a systemd service, now and at each boot",
    options: installServiceOptions,
    run: runInstallService,
  },
  {
    name: "service uninstall",
    arguments: "[options] [BASEDIR]",
    help: "stop the service after the running build, and remove it",
    options: serviceOptions,
    run: runUninstallService,
  },
  {
    name: "service status",
    arguments: "[options] [BASEDIR]",
    help: "show whether the service is running",
    options: serviceOptions,
    run: runServiceStatus,
  },
  {
    name: "service print",
    arguments: "[options] [BASEDIR]",
    help: "print the unit file that install would write",
    options: installServiceOptions,
    run: runPrintService,
  },
  {
    name: "completion",
    arguments: "bash|zsh|fish",
    help: "print a completion script for a shell",
    options: [],
    run: completion,
  },
  {
    name: "help",
    arguments: "[COMMAND]",
    help: "show the help of a command, like COMMAND --help",
    options: [],
    run: async ({ rest }, helpOf) => {
      console.log(helpOf(rest));
      return 0;
    },
  },
];

const versionOption: OptionRow = { name: "version", help: "show the version and exit" };

/** Options of every subcommand. */
export const helpOptions: readonly OptionRow[] = [
  { name: "help", short: "h", help: "show this help and exit" },
  versionOption,
];

/** Options before the subcommand. No -h, as with buildbot-worker. */
export const globalOptions: readonly OptionRow[] = [
  { name: "help", help: "show this help and exit" },
  { name: "verbose", help: "ignored, for compatibility" },
  versionOption,
];
