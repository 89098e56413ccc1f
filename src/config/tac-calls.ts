// Records the calls of Twisted and Buildbot that a buildbot.tac makes, instead of executing them.
import { bindArguments, type Invocation, type KnownFunction, NONE, object, type Value } from "./python/index.ts";

/** A call with its arguments by name. */
export interface RecordedCall {
  readonly call: Invocation;
  readonly arguments: ReadonlyMap<string, Value>;
}

export type StandardStream = "standard output" | "standard error";

/** The recorded calls of a buildbot.tac. */
export interface TacCalls {
  /** In the order of the calls. */
  readonly workers: readonly RecordedCall[];
  /** The target of the log observer; undefined if none was set. */
  readonly observer: LogFileCall | StandardStream | undefined;
}

export interface LogFileCall extends RecordedCall {
  /** It is a DailyLogFile. */
  readonly isDaily: boolean;
}

export interface TacRecorder {
  readonly functions: ReadonlyMap<string, KnownFunction>;
  /** Objects that represent the target of a log. */
  readonly constants: ReadonlyMap<string, Value>;
  /** The calls until now. */
  calls(): TacCalls;
}

const WORKER = "buildbot_worker.bot.Worker";

/** `Worker(...)` of 4.2.1. The seventh was `usepty` before 0.9 and in the manual's examples; it is ignored in both cases. */
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

/** Keywords of former releases, which are ignored. */
const FORMER_WORKER_KEYWORDS = new Set(["usepty", "usePTY"]);

/** `LogFile(...)` and `DailyLogFile(...)` of Twisted 24.11, after the arguments with the file's name. */
const LOG_FILE_CLASSES = [
  { name: "LogFile", parameters: ["rotateLength", "defaultMode", "maxRotatedFiles"] },
  { name: "DailyLogFile", parameters: ["defaultMode"] },
] as const;

const SERVICE = "twisted.application.service";

const STREAMS: ReadonlyMap<string, StandardStream> = new Map([
  ["sys.stdout", "standard output"],
  ["sys.__stdout__", "standard output"],
  ["sys.stderr", "standard error"],
  ["sys.__stderr__", "standard error"],
]);

/** Its optional arguments are a user and a group to run as. */
function makeApplication(call: Invocation): Value {
  const [, ...ids] = [...call.positional, ...call.keywords.values()];
  if (ids.every(({ kind }) => kind === "none")) return object(`${SERVICE}.Application()`);
  return call.refuseUnread("the user of a worker cannot be set here", "start it as that user: User= in a systemd unit");
}

/** A recorder for one run of one file. */
export function recordTacCalls(): TacRecorder {
  const logFiles = new Map<string, LogFileCall>();
  const workers = new Map<string, RecordedCall>();
  /** The marks of workers with a parent service. The others never start. */
  const started = new Set<string>();
  let observer: TacCalls["observer"];

  const makeWorker: KnownFunction = (call) => {
    const keywords = new Map([...call.keywords].filter(([name]) => !FORMER_WORKER_KEYWORDS.has(name)));
    const signature = { name: "Worker", parameters: WORKER_PARAMETERS, required: REQUIRED_WORKER_PARAMETERS };
    const mark = `worker ${workers.size + 1}`;
    workers.set(mark, { call, arguments: bindArguments({ ...call, keywords }, signature) });
    return object(`${WORKER}()`, mark);
  };
  const setParent: KnownFunction = (call) => {
    started.add(call.mark ?? "");
    return NONE;
  };
  const addService: KnownFunction = (call) => {
    const [service] = call.positional;
    started.add((service?.kind === "object" ? service.mark : undefined) ?? "");
    return NONE;
  };
  const setComponent: KnownFunction = (call) => {
    const [type, component] = call.positional;
    const mark = (component?.kind === "object" ? component.mark : undefined) ?? "";
    const target = [...STREAMS.values()].find((stream) => stream === mark) ?? logFiles.get(mark);
    if (type?.kind !== "object" || !type.path.endsWith(".ILogObserver") || target === undefined) {
      return call.refuseUnread(
        "setComponent is only supported for a log observer that writes to a LogFile, a DailyLogFile, sys.stdout or sys.stderr",
        "write application.setComponent(ILogObserver, FileLogObserver(logfile).emit)",
      );
    }
    observer = target;
    return NONE;
  };
  const openLogFile = (
    name: string,
    isDaily: boolean,
    parameters: readonly string[],
    required: number,
  ): KnownFunction => {
    return (call) => {
      const mark = `log file ${logFiles.size + 1}`;
      logFiles.set(mark, { call, isDaily, arguments: bindArguments(call, { name, parameters, required }) });
      return object(`${name}()`, mark);
    };
  };

  return {
    functions: new Map<string, KnownFunction>([
      [WORKER, makeWorker],
      ["buildbot_worker.pb.Worker", makeWorker],
      [`${WORKER}().setServiceParent`, setParent],
      [`${SERVICE}.MultiService().setServiceParent`, () => NONE],
      [`${SERVICE}.MultiService().addService`, addService],
      [`${SERVICE}.IServiceCollection().addService`, addService],
      [`${SERVICE}.Application`, makeApplication],
      [`${SERVICE}.Application().setComponent`, setComponent],
      ...LOG_FILE_CLASSES.flatMap(({ name, parameters }) => {
        const isDaily = name === "DailyLogFile";
        const path = `twisted.python.logfile.${name}`;
        return [
          [path, openLogFile(name, isDaily, ["name", "directory", ...parameters], 2)] as const,
          [`${path}.fromFullPath`, openLogFile(name, isDaily, ["filename", ...parameters], 1)] as const,
        ];
      }),
    ]),
    constants: new Map([
      ...[...STREAMS].map(([path, stream]) => [path, object(path, stream)] as const),
      ["buildbot_worker.pb.Worker", object(WORKER)],
    ]),
    calls() {
      const all = [...workers];
      const withParent = all.filter(([mark]) => started.has(mark));
      return { workers: (withParent.length > 0 ? withParent : all).map(([, call]) => call), observer };
    },
  };
}
