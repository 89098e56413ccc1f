// The text of a new buildbot.tac. The Python worker executes it and Buildhand reads it. Administrators' scripts edit it by
// its variable names and by the beginning and the keywords of its Worker(...) call.
import { pythonRepr } from "../base/python-repr.ts";
import { TAC_MARKER } from "./tac.ts";

/** The arguments of create-worker. Numbers are unchanged strings: `0o22` stays octal, `None` stays None. */
export interface NewTac {
  /** Absolute, or `.` for the directory of the file. */
  readonly basedir: string;
  readonly rotateLog: boolean;
  readonly logSize: string;
  readonly logCount: string;
  readonly host: string;
  readonly port: number;
  /** Replaces host and port. */
  readonly connectionString: string | undefined;
  readonly proxyConnectionString: string | undefined;
  readonly name: string;
  readonly password: string;
  readonly keepalive: string;
  readonly umask: string;
  readonly maxDelay: string;
  readonly numcpus: string;
  readonly allowShutdown: string | undefined;
  readonly maxRetries: string;
  readonly useTls: boolean;
  readonly deleteLeftoverDirs: boolean;
  readonly protocol: string;
  /** Settings that only Buildhand has, by the names of their variables. */
  readonly own: Readonly<Record<string, string>>;
}

/** The whole file, with a newline at its end. */
export function tacText(tac: NewTac): string {
  return `${[heading(tac), ...(tac.rotateLog ? [LOG_OBSERVER] : []), settings(tac), WORKER].join("\n\n")}\n`;
}

function heading(tac: NewTac): string {
  return `# The settings of a Buildbot worker. Plain assignments are read without Python.
import os

from buildbot_worker.bot import Worker
from twisted.application import service

basedir = ${pythonRepr(tac.basedir)}
rotateLength = ${tac.logSize}
maxRotatedFiles = ${tac.logCount}

if basedir == '.':
    # relocatable: the directory that this file is in
    basedir = os.path.abspath(os.path.dirname(__file__))

# The next line marks a directory as a worker's: do not change it.
application = service.${TAC_MARKER}`;
}

const LOG_OBSERVER = `from twisted.python.log import FileLogObserver, ILogObserver
from twisted.python.logfile import LogFile

logfile = LogFile.fromFullPath(
    os.path.join(basedir, 'twistd.log'),
    rotateLength=rotateLength,
    maxRotatedFiles=maxRotatedFiles,
)
application.setComponent(ILogObserver, FileLogObserver(logfile).emit)`;

function settings(tac: NewTac): string {
  const direct = tac.connectionString === undefined;
  const values: readonly (readonly [string, string])[] = [
    ["buildmaster_host", direct ? pythonRepr(tac.host) : `None  # ${pythonRepr(tac.host)}`],
    ["port", direct ? String(tac.port) : `None  # ${tac.port}`],
    ["connection_string", pythonRepr(tac.connectionString ?? null)],
    ["workername", pythonRepr(tac.name)],
    ["passwd", pythonRepr(tac.password)],
    ["keepalive", tac.keepalive],
    ["umask", tac.umask],
    ["maxdelay", tac.maxDelay],
    ["numcpus", tac.numcpus],
    ["allow_shutdown", pythonRepr(tac.allowShutdown ?? null)],
    ["maxretries", tac.maxRetries],
    ["use_tls", tac.useTls ? "1" : "0"],
    ["delete_leftover_dirs", tac.deleteLeftoverDirs ? "1" : "0"],
    ["proxy_connection_string", pythonRepr(tac.proxyConnectionString ?? null)],
    ["protocol", pythonRepr(tac.protocol)],
    ...Object.entries(tac.own).map(([name, value]) => [name, pythonRepr(value)] as const),
  ];
  return values.map(([name, value]) => `${name} = ${value}`).join("\n");
}

const WORKER = `s = Worker(buildmaster_host, port, workername, passwd, basedir,
           keepalive, umask=umask, maxdelay=maxdelay,
           numcpus=numcpus, allow_shutdown=allow_shutdown,
           maxRetries=maxretries, protocol=protocol, useTls=use_tls,
           delete_leftover_dirs=delete_leftover_dirs,
           connection_string=connection_string,
           proxy_connection_string=proxy_connection_string)
s.setServiceParent(application)`;

type Plain = string | number | boolean | null;

interface PlainCall {
  readonly args: readonly Plain[];
  readonly keywords: Readonly<Record<string, Plain>>;
}

/** The results of executing a buildbot.tac. */
export interface TacFindings {
  readonly workers: readonly PlainCall[];
  /** By the name in twisted.python.logfile, or a stream. */
  readonly log: ({ readonly name: string } & Partial<PlainCall>) | null;
  /** Messages about effects that cannot be written to the file. */
  readonly notes: readonly string[];
  /** Null: deleted. */
  readonly environment: Readonly<Record<string, string | null>>;
  readonly umask: number | null;
  readonly niceness: number;
  readonly variables: Readonly<Record<string, Plain>>;
}

/** Arguments of former releases that the current worker does not accept. */
const FORMER_KEYWORDS: ReadonlySet<string> = new Set(["usepty", "usePTY"]);

/** The text of a buildbot.tac with the same settings as plain values. */
export function plainTacText({ workers, log, environment, umask, niceness, variables }: TacFindings): string {
  const effects = [
    ...Object.entries(environment).map(([name, value]) =>
      value === null
        ? `os.environ.pop(${pythonRepr(name)}, None)`
        : `os.environ[${pythonRepr(name)}] = ${pythonRepr(value)}`,
    ),
    ...(umask === null ? [] : [`os.umask(0o${umask.toString(8)})`]),
    ...(niceness === 0 ? [] : [`os.nice(${niceness})`]),
    ...Object.entries(variables).map(([name, value]) => `${name} = ${pythonRepr(value)}`),
  ];
  const parts = [
    PLAIN_HEADING,
    ...(effects.length === 0 ? [] : [effects.join("\n")]),
    `# The next line marks a directory as a worker's: do not change it.\napplication = service.${TAC_MARKER}`,
    ...(log === null ? [] : [plainLog(log)]),
    ...workers.map((call) => `s = ${plainCall("Worker", call, ",\n           ")}\ns.setServiceParent(application)`),
  ];
  return `${parts.join("\n\n")}\n`;
}

const PLAIN_HEADING = `# The settings of a buildbot.tac as plain values. Written by \`buildhand tac import\`.
import os
import sys

from buildbot_worker.bot import Worker
from twisted.application import service
from twisted.python.log import FileLogObserver, ILogObserver
from twisted.python.logfile import DailyLogFile, LogFile`;

function plainLog({ name, args = [], keywords = {} }: NonNullable<TacFindings["log"]>): string {
  const target = name.startsWith("sys.") ? name : plainCall(name, { args, keywords }, ", ");
  return `logfile = ${target}\napplication.setComponent(ILogObserver, FileLogObserver(logfile).emit)`;
}

function plainCall(name: string, { args, keywords }: PlainCall, separator: string): string {
  const named = Object.entries(keywords).filter(([keyword]) => !FORMER_KEYWORDS.has(keyword));
  const words = [...args.map(pythonRepr), ...named.map(([keyword, value]) => `${keyword}=${pythonRepr(value)}`)];
  return `${name}(${words.join(separator)})`;
}
