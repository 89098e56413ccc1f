// The calls of Twisted and Buildbot that a buildbot.tac makes, recorded instead of made. Knows what they are given, not
// what it means.
import {
  bindArguments,
  type Invocation,
  type KnownFunction,
  type KnownFunctions,
  NONE,
  object,
  type Value,
} from "./python/index.ts";

/** A call with its arguments by name. */
export interface RecordedCall {
  readonly call: Invocation;
  readonly arguments: ReadonlyMap<string, Value>;
}

/** What a buildbot.tac asked for. */
export interface TacCalls {
  /** In the order of the calls. */
  readonly workers: readonly RecordedCall[];
  /** Where the log observer writes: a log file, standard output, or (undefined) no observer was set. */
  readonly observer: RecordedCall | "standard output" | undefined;
}

export interface TacRecorder {
  readonly functions: KnownFunctions;
  /** Marks of things that carry on where a log goes. */
  readonly marks: ReadonlyMap<string, string>;
  /** What was called until now. */
  calls(): TacCalls;
}

const WORKER = "buildbot_worker.bot.Worker";

/** `Worker(...)` of 4.2.1. The seventh was `usepty` before 0.9 and in the manual's examples; it is ignored either way. */
const WORKER_PARAMETERS = [
  "buildmaster_host",
  "port",
  "name",
  "passwd",
  "basedir",
  "keepalive",
  "keepaliveTimeout",
  "umask",
  "maxdelay",
  "numcpus",
  "unicode_encoding",
  "protocol",
  "useTls",
  "allow_shutdown",
  "maxRetries",
  "connection_string",
  "path",
  "delete_leftover_dirs",
  "proxy_connection_string",
];

const REQUIRED_WORKER_PARAMETERS = 6;

/** Keywords of former releases that a worker has no use for any more. */
const FORMER_WORKER_KEYWORDS = new Set(["usepty", "usePTY"]);

const LOG_FILE = "twisted.python.logfile.LogFile";

/** `LogFile(...)` and `LogFile.fromFullPath(...)` of Twisted 24.11. */
const ROTATION_PARAMETERS = ["rotateLength", "defaultMode", "maxRotatedFiles"];
const LOG_FILE_PARAMETERS = ["name", "directory", ...ROTATION_PARAMETERS];
const FULL_PATH_PARAMETERS = ["filename", ...ROTATION_PARAMETERS];

const STANDARD_OUTPUT = "standard output";

/** A recorder for one run of one file. */
export function recordTacCalls(): TacRecorder {
  const logFiles = new Map<string, RecordedCall>();
  const workers: RecordedCall[] = [];
  let observer: TacCalls["observer"];

  const openLogFile = (call: Invocation, path: string, parameters: readonly string[], required: number): Value => {
    const mark = `log file ${logFiles.size + 1}`;
    logFiles.set(mark, { call, arguments: bindArguments(call, { name: "LogFile", parameters, required }) });
    return object(`${path}()`, mark);
  };
  const makeWorker: KnownFunction = (call) => {
    const keywords = new Map([...call.keywords].filter(([name]) => !FORMER_WORKER_KEYWORDS.has(name)));
    const signature = { name: "Worker", parameters: WORKER_PARAMETERS, required: REQUIRED_WORKER_PARAMETERS };
    workers.push({ call, arguments: bindArguments({ ...call, keywords }, signature) });
    return object(`${WORKER}()`);
  };
  const setComponent: KnownFunction = (call) => {
    const [type, component] = call.positional;
    const mark = component?.kind === "object" ? component.mark : undefined;
    const target = mark === STANDARD_OUTPUT ? STANDARD_OUTPUT : logFiles.get(mark ?? "");
    if (type?.kind !== "object" || !type.path.endsWith(".ILogObserver") || target === undefined) {
      call.refuse("setComponent is only read for a log observer that writes to a LogFile or to sys.stdout");
    }
    observer = target;
    return NONE;
  };

  return {
    functions: new Map<string, KnownFunction>([
      [WORKER, makeWorker],
      [`${WORKER}().setServiceParent`, () => NONE],
      ["twisted.application.service.Application().setComponent", setComponent],
      [LOG_FILE, (call) => openLogFile(call, LOG_FILE, LOG_FILE_PARAMETERS, 2)],
      [`${LOG_FILE}.fromFullPath`, (call) => openLogFile(call, `${LOG_FILE}.fromFullPath`, FULL_PATH_PARAMETERS, 1)],
    ]),
    marks: new Map([["sys.stdout", STANDARD_OUTPUT]]),
    calls: () => ({ workers, observer }),
  };
}
