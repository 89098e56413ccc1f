// The installed program as a child process: base directories for it, and a watch over what it prints and how it ends.
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inject } from "vitest";
import { copyProgram } from "../support/installed-program.ts";
import { poll } from "../support/poll.ts";

export interface Installation {
  /** The program: `node <executable> start …`. */
  readonly executable: string;
  /** A directory of this installation's that does not exist yet. */
  newPath(): string;
  /**
   * Kills what was started and runs still, and removes all directories. Rejects if any program has printed or logged the
   * password of `makeBasedir`.
   */
  remove(): Promise<void>;
  start(argv: readonly string[], options?: StartOptions): WorkerProgram;
}

export interface StartOptions extends Pick<SpawnOptions, "cwd" | "uid" | "gid"> {
  /** Before the program itself, such as strace with its options. */
  readonly under?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** For descriptors 3 and up. */
  readonly moreStdio?: readonly (number | "ignore" | "ipc")[];
}

export interface WorkerProgram {
  readonly child: ChildProcess;
  readonly printed: string;
  readonly complained: string;
  /** How it ended, once all it printed has been read. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** The installed program; the run's shared copy, or one of its own for a test that changes it. */
export function install({ ownCopy = false } = {}): Installation {
  const root = mkdtempSync(join(tmpdir(), "buildhand-program-"));
  chmodSync(root, 0o755);
  const place = ownCopy ? join(root, "buildhand") : inject("installedProgram");
  if (ownCopy) copyProgram(place);
  const executable = join(place, "bin/buildhand.js");
  const started: WorkerProgram[] = [];
  const allPaths: string[] = [];
  return {
    executable,
    newPath() {
      const path = join(root, `w${allPaths.length}`);
      allPaths.push(path);
      return path;
    },
    start(argv, options) {
      const program = startProgram([process.execPath, executable, ...argv], options);
      started.push(program);
      return program;
    },
    async remove() {
      for (const { child } of started) child.kill("SIGKILL");
      await Promise.all(started.map(({ ended }) => ended));
      // A directory that must not be written keeps its files, too.
      for (const path of allPaths) if (existsSync(path)) chmodSync(path, 0o755);
      const written = [
        ...started.flatMap(({ printed, complained }) => [printed, complained]),
        ...allPaths.flatMap(logsIn),
      ];
      rmSync(root, { recursive: true });
      const leaks = written.flatMap((text) => text.split("\n")).filter((line) => PASSWORD_WRITTEN.test(line));
      if (leaks.length > 0) throw new Error(`the password was written:\n${leaks.slice(0, 10).join("\n")}`);
    },
  };
}

/** The logs in the base directory of a worker. */
function logsIn(directory: string): readonly string[] {
  if (!existsSync(join(directory, "buildbot.tac"))) return [];
  const names = readdirSync(directory).filter((name) => /^(?:twistd\.log|buildhand-)/.test(name));
  const paths = names.map((name) => join(directory, name)).filter((path) => statSync(path).isFile());
  return paths.map((path) => readFileSync(path, "utf8"));
}

function startProgram(argv: readonly string[], options: StartOptions = {}): WorkerProgram {
  const { under = [], environment = {}, moreStdio = [], ...spawnOptions } = options;
  const [file = "", ...args] = [...under, ...argv];
  const child = spawn(file, args, {
    ...spawnOptions,
    env: { HOME: tmpdir(), LANG: "C.UTF-8", PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, ...environment },
    stdio: ["ignore", "pipe", "pipe", ...moreStdio],
  });
  const texts = { printed: "", complained: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    texts.printed += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    texts.complained += text;
  });
  return {
    child,
    get printed() {
      return texts.printed;
    },
    get complained() {
      return texts.complained;
    },
    ended: new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve({ code, signal }));
    }),
  };
}

export interface BasedirOptions {
  readonly port: number;
  /** Variables of its buildbot.tac as Python literals, in place of those of a fresh one. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** What the program adds on standard error to an error that has a page: one line, at the end. */
export const ADVICE = /what to do: [a-z-]+ in docs\/reference\/troubles\.md, or run buildhand doctor \S+\n$/;

/** The password in every buildbot.tac. */
export const PASSWORD = "sekret";
/** As a word, and in base64, also after the name of a worker. */
const PASSWORD_WRITTEN = /\bsekret\b|c2VrcmV0|dzE6c2Vrc/;

/** Makes a base directory with a buildbot.tac that has the lines create-worker's has, for worker w1. */
export function makeBasedir(path: string, { port, variables = {} }: BasedirOptions): string {
  mkdirSync(path);
  const settings: Readonly<Record<string, string>> = {
    basedir: "'.'",
    rotateLength: "None",
    maxRotatedFiles: "10",
    buildmaster_host: "'127.0.0.1'",
    port: String(port),
    connection_string: "None",
    workername: "'w1'",
    passwd: `'${PASSWORD}'`,
    keepalive: "600",
    umask: "None",
    maxdelay: "1",
    numcpus: "None",
    allow_shutdown: "None",
    maxretries: "None",
    use_tls: "0",
    delete_leftover_dirs: "0",
    proxy_connection_string: "None",
    protocol: "'pb'",
    ...variables,
  };
  const keywords = ["umask", "maxdelay", "numcpus", "allow_shutdown", "protocol", "delete_leftover_dirs"];
  const tac = `import os
from buildbot_worker.bot import Worker
from twisted.application import service
from twisted.python.logfile import LogFile
from twisted.python.log import ILogObserver, FileLogObserver

${Object.entries(settings)
  .map(([name, literal]) => `${name} = ${literal}`)
  .join("\n")}

if basedir == '.':
    basedir = os.path.abspath(os.path.dirname(__file__))
application = service.Application('buildbot-worker')
logfile = LogFile.fromFullPath(os.path.join(basedir, "twistd.log"), rotateLength=rotateLength,
                               maxRotatedFiles=maxRotatedFiles)
application.setComponent(ILogObserver, FileLogObserver(logfile).emit)

s = Worker(buildmaster_host, port, workername, passwd, basedir, keepalive, maxRetries=maxretries, useTls=use_tls,
           ${keywords.map((name) => `${name}=${name}`).join(", ")},
           connection_string=connection_string, proxy_connection_string=proxy_connection_string)
s.setServiceParent(application)
`;
  writeFileSync(join(path, "buildbot.tac"), tac, { mode: 0o600 });
  return path;
}

/** The texts of twistd.log, one entry each, without time and place; a line that has not that form fails. */
export function logOf(basedir: string): string[] {
  const path = join(basedir, "twistd.log");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const entries = text.split(/\n(?!\t)/).filter((entry) => entry !== "");
  return entries.map((entry) => {
    const [, message] = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4} \[[^\]]+\] (.*)$/s.exec(entry) ?? [];
    if (message === undefined) throw new Error(`no entry of twistd.log: ${JSON.stringify(entry)}`);
    return message;
  });
}

/** Resolves when an entry of twistd.log holds `text`. */
export async function logged(basedir: string, text: string): Promise<void> {
  await poll(`"${text}" in the log`, () => logOf(basedir).some((entry) => entry.includes(text)), {
    logs: () => ({ "twistd.log": logOf(basedir).join("\n") }),
  });
}

/** Whether a process of that number lives; one that is only waiting to be reaped does not. */
export function lives(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
  } catch {
    return false; // gone
  }
}
