// The text of a new buildbot.tac. The Python worker runs it as a program and ours reads it; admins' scripts edit it by
// its variable names and by the beginning and the keywords of its Worker(...) call.
import { pythonRepr } from "../base/python-repr.ts";
import { TAC_MARKER } from "./tac.ts";

/** What create-worker was asked for. Numbers are texts as they were given: `0o22` stays octal, `None` stays None. */
export interface NewTac {
  /** Absolute, or `.` for the directory of the file, wherever it is moved. */
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

# By the next line a directory is known as a worker's: keep it as it is.
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
