// A buildbot.tac with several Worker(...) calls, as admins write them, and the lines of its log by worker.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PASSWORD } from "./worker-program.ts";

export interface WorkerRow {
  readonly name: string;
  /** Undefined: the keywords say where the master is. */
  readonly port: number | undefined;
  /** Python expression; default: the password that test masters know. */
  readonly password?: string;
  /** Relative to the directory of the file; made unless `isMissing`. Default: the name. */
  readonly basedir?: string;
  readonly isMissing?: boolean;
  /** More keywords of its Worker(...), as Python. */
  readonly keywords?: string;
}

export interface TacOptions {
  /** Python in front of the first worker. */
  readonly preamble?: string;
}

/** Makes the directory with its buildbot.tac, and the base directories of the workers. */
export function makeSeveral(path: string, rows: readonly WorkerRow[], { preamble = "" }: TacOptions = {}): string {
  mkdirSync(path);
  const calls = rows.map(({ name, port, password, basedir = name, isMissing = false, keywords = "" }) => {
    if (!isMissing) mkdirSync(join(path, basedir), { recursive: true });
    const more = keywords.includes("maxdelay") ? keywords : `maxdelay=1, ${keywords}`;
    const place = `os.path.join(basedir, ${JSON.stringify(basedir)})`;
    const address = port === undefined ? "None, None" : `'127.0.0.1', ${port}`;
    return `Worker(${address}, ${JSON.stringify(name)}, ${password ?? `'${PASSWORD}'`}, ${place}, 600, ${more}).setServiceParent(application)`;
  });
  const tac = `import os
from buildbot_worker.bot import Worker
from twisted.application import service
from twisted.python.logfile import LogFile
from twisted.python.log import ILogObserver, FileLogObserver

basedir = os.path.abspath(os.path.dirname(__file__))
application = service.Application('buildbot-worker')
logfile = LogFile.fromFullPath(os.path.join(basedir, "twistd.log"))
application.setComponent(ILogObserver, FileLogObserver(logfile).emit)
${preamble}
${calls.join("\n")}
`;
  writeFileSync(join(path, "buildbot.tac"), tac, { mode: 0o600 });
  return path;
}

/** The texts of the log's entries with the word in brackets before them: `w1: text`. */
export function severalLog(directory: string): readonly string[] {
  const path = join(directory, "twistd.log");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return text
    .split(/\n(?!\t)/)
    .filter((entry) => entry !== "")
    .map((entry) => {
      const [, label, message] = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4} \[([^\]]+)\] (.*)$/s.exec(entry) ?? [];
      if (label === undefined) throw new Error(`no entry of twistd.log: ${JSON.stringify(entry)}`);
      return `${label}: ${message}`;
    });
}
