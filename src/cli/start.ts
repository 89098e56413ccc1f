// buildhand start: runs the worker of a base directory, in the background unless --nodaemon is given.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { tuneForStart } from "../base/engine.ts";
import { baseErrors } from "../base/errors.ts";
import { isWindows } from "../base/platform.ts";
import {
  commandLineSource,
  longName,
  ownOptionNames,
  ownOptionRows,
  readTacConfig,
  shownDefault,
  type TacConfig,
} from "../config/index.ts";
import {
  type Attachments,
  awaitAttached,
  type BackgroundOutcome,
  daemonErrors,
  EXIT_USAGE,
  endedAtOnce,
  logLabels,
  masterTarget,
  type PidPlace,
  pidPlace,
  readPidFile,
  removeStale,
  runInForeground,
  workerLogPath,
} from "../daemon/index.ts";
import { closeInheritedDescriptors } from "../process/spawn/index.ts";
import { type OptionRow, optionWords, type ParsedOptions } from "./option-parser.ts";
import { type Say, sayUnlessQuiet } from "./printer.ts";
import { IN_BACKGROUND, inBackgroundOption, relaunch } from "./relaunch.ts";
import { directoryArgument, tacConfig, workerTac } from "./worker-directory.ts";

/** For `buildhand twistd`, where BASEDIR is only the working directory of the process. */
export const TAC_FILE = "tac-file";

/** The options that only Buildhand has. */
export const ownRows: readonly OptionRow[] = ownOptionNames.map((name) => {
  const row = ownOptionRows[name];
  const takes = "argument" in row ? { argument: row.argument, default: shownDefault(name) } : {};
  return { name: longName(name), help: row.help, ...takes };
});

/** Of start, doctor and status, and of stop, which must read the same file. */
export const pidFileOption: OptionRow = {
  name: "pidfile",
  argument: "FILE",
  help: "PID file; default: BASEDIR/twistd.pid",
};

/** Of start, doctor and status. */
export const logFileOption: OptionRow = {
  name: "logfile",
  argument: "FILE",
  help: "log file, if buildbot.tac sets none (--no-logrotate); -: always standard output",
};

export const startOptions: readonly OptionRow[] = [
  inBackgroundOption,
  { name: TAC_FILE, hidden: true, argument: "FILE", help: "buildbot.tac file, if not in BASEDIR" },
  { name: "nodaemon", help: "run in the foreground" },
  { name: "quiet", short: "q", help: "print only errors, and do not wait until the worker is attached" },
  logFileOption,
  pidFileOption,
  { name: "umask", argument: "MASK", help: "umask in octal, if buildbot.tac sets none" },
  ...ownRows,
];

const STARTED = "The buildbot-worker appears to have (re)started correctly.";

/** The default umask of a worker in the background, as under twistd. */
const BACKGROUND_UMASK = 0o077;

/** Resolves to the exit code: of the worker with --nodaemon, else of its start. Throws usage errors. */
export async function start(options: ParsedOptions): Promise<number> {
  const directory = directoryArgument(options.rest);
  const umask = umaskOf(options);
  const isInBackground = options.flags.has(IN_BACKGROUND);
  const staysHere = isInBackground || options.flags.has("nodaemon") || isWindows;
  if (staysHere) closeInheritedDescriptors();
  // Before buildbot.tac is read, which is most of the work of a start.
  tuneForStart();
  // In the terminal's process too, so that errors are printed on the terminal.
  const config = await workerConfig(directory, options, staysHere);
  if (config === undefined) return EXIT_USAGE;
  const pid = pidPlace(directory, options.values.get("pidfile"));
  const logPath = givenLog(config, options);
  if (!staysHere) return runInBackground(config, { options, directory, pid, givenLog: logPath });
  return runInForeground(config, {
    directory,
    logPath,
    pidPath: isInBackground || options.values.has("pidfile") ? pid.path : undefined,
    umask: umask ?? (isInBackground ? BACKGROUND_UMASK : undefined),
  });
}

/** Prints an error and returns undefined when there are no settings of a worker. */
async function workerConfig(
  directory: string,
  options: ParsedOptions,
  staysHere: boolean,
): Promise<TacConfig | undefined> {
  const path = options.values.get(TAC_FILE);
  if (path === undefined && options.flags.has("nodaemon") && !existsSync(join(directory, "buildbot.tac"))) {
    const { environmentConfig } = await import("./environment-worker.ts");
    const config = environmentConfig(directory, options);
    if (config !== undefined) return config;
  }
  const tac = workerTac(directory, path);
  if (tac === undefined) return undefined;
  return (staysHere ? readTacConfig : tacConfig)(tac, commandLineSource(options.values, options.flags));
}

/** Under twistd a log that the file sets takes precedence. */
function givenLog({ log }: TacConfig, { values }: ParsedOptions): string | undefined {
  return values.has(TAC_FILE) && log.hasObserver ? undefined : values.get("logfile");
}

interface BackgroundStart {
  readonly options: ParsedOptions;
  readonly directory: string;
  readonly pid: PidPlace;
  readonly givenLog: string | undefined;
}

async function runInBackground(config: TacConfig, request: BackgroundStart): Promise<number> {
  const { options, directory, pid, givenLog } = request;
  for (const settings of config.workers) await masterTarget({ ...config, settings });
  const logPath = workerLogPath(config, givenLog);
  if (logPath === undefined) throw baseErrors.usage("a worker in the background cannot log to standard output");
  if (await isRunningAlready(pid)) return EXIT_USAGE;
  const say = sayUnlessQuiet(options);
  say("Following twistd.log until startup finished..");
  const attachments = awaitAttached(logLabels(config.workers));
  const isReady = options.flags.has("quiet") ? undefined : attachments.isReady;
  const words = ["start", `--${IN_BACKGROUND}`, ...optionWords(options, startOptions), directory];
  const outcome = await relaunch(words, { logPath, pid, isReady });
  return report(outcome, { workers: config.workers, attachments, logPath, pid, say });
}

async function isRunningAlready(place: PidPlace): Promise<boolean> {
  const found = readPidFile(place);
  switch (found.state) {
    case "absent":
      return false;
    case "running":
      console.error(daemonErrors.alreadyRunning(found.pid, place.path).message);
      return true;
    case "unreadable":
      throw daemonErrors.pidFile(place.path, found.reason);
    case "stale":
      console.error(`Removing stale pidfile ${place.path}`);
      await removeStale(place);
      return false;
    default:
      return found satisfies never;
  }
}

interface Report {
  readonly workers: TacConfig["workers"];
  readonly attachments: Attachments;
  readonly logPath: string;
  readonly pid: PidPlace;
  readonly say: Say;
}

function report(outcome: BackgroundOutcome, { workers, attachments: { missing }, logPath, pid, say }: Report): number {
  switch (outcome.state) {
    case "started":
      say(STARTED);
      return 0;
    case "another":
      console.error(daemonErrors.alreadyRunning(outcome.pid, pid.path).message);
      return EXIT_USAGE;
    case "ended":
      console.error(endedAtOnce("The worker", logPath, outcome.lastWords));
      return EXIT_USAGE;
    case "deadline":
      // As with buildbot-worker, which waits for the first.
      if (missing.size < workers.length) {
        say(`${STARTED}\nNot attached yet, see ${logPath}: ${[...missing].join(", ")}.`);
        return 0;
      }
      say(
        [
          "The worker took more than 10 seconds to start and/or connect to the buildmaster,",
          ...(outcome.failure === undefined ? [] : [`its last failure was: ${outcome.failure}`]),
          `so it is not known yet whether ${namesOf(workers)} will attach. It keeps trying in the background.`,
          `When it has attached, ${logPath} contains 'message from master: attached';`,
          "until then the log shows why it has not.",
        ].join("\n"),
      );
      return EXIT_USAGE;
    default:
      return outcome satisfies never;
  }
}

function namesOf(workers: TacConfig["workers"]): string {
  const [{ workerName }, ...others] = workers;
  return others.length === 0 ? `worker '${workerName}'` : `one of its ${workers.length} workers`;
}

/** Octal, with or without Python's 0o, as in twistd. */
function umaskOf(options: ParsedOptions): number | undefined {
  const text = options.values.get("umask");
  if (text === undefined) return undefined;
  if (!/^(?:0o)?[0-7]{1,4}$/.test(text)) throw baseErrors.usage(`umask must be an octal number, got '${text}'`);
  return Number.parseInt(text.replace("0o", ""), 8);
}
