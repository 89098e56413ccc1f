// Files as the releases since 0.9 write them and as people edit them, written for these tests.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { WorkerError } from "../../src/base/errors.ts";
import { ownOptions } from "../../src/config/own-options.ts";
import { readTac } from "../../src/config/tac.ts";
import type { TacLog, TacSettings } from "../../src/config/tac-settings.ts";

const directory = mkdtempSync(join(tmpdir(), "buildhand-tac-"));
afterAll(() => rmSync(directory, { recursive: true }));

const IMPORTS = `
import os
import sys
from buildbot_worker.bot import Worker
from twisted.application import service
`;

const LOG_FILE = `
from twisted.python.logfile import LogFile
logfile = LogFile.fromFullPath(os.path.join(basedir, "twistd.log"), rotateLength=rotateLength,
                               maxRotatedFiles=maxRotatedFiles)
`;

const LOG = `${LOG_FILE}
from twisted.python.log import ILogObserver, FileLogObserver
application.setComponent(ILogObserver, FileLogObserver(logfile).emit)
`;

interface Parts {
  readonly basedir?: string;
  readonly log?: string;
  readonly variables?: string;
  readonly worker?: string;
}

const WORKER_OF_0_9 = `s = Worker(buildmaster_host, port, workername, passwd, basedir,
           keepalive, umask=umask, maxdelay=maxdelay,
           numcpus=numcpus, allow_shutdown=allow_shutdown)`;

function tac({ basedir = "'/srv/w'", log = LOG, variables = "", worker = WORKER_OF_0_9 }: Parts = {}): string {
  return `${IMPORTS}
basedir = ${basedir}
rotateLength = 10000000
maxRotatedFiles = 10
if basedir == '.':
    import os.path
    basedir = os.path.abspath(os.path.dirname(__file__))
application = service.Application('buildbot-worker')
${log}
buildmaster_host = 'master.example'
port = 9989
workername = 'w1'
passwd = 'hunter2'
keepalive = 600
umask = None
maxdelay = 300
numcpus = None
allow_shutdown = None
${variables}
${worker}
s.setServiceParent(application)
`;
}

/** The settings of the first worker, and the log. */
type Read = TacSettings & TacLog;

function read(text: string, environment: Record<string, string> = {}): Read {
  const { workers, log } = readTac(text, { path: join(directory, "buildbot.tac"), directory, environment });
  return { ...workers[0], ...log };
}

/** The sentence of the usage error that the text is refused with. */
function refusal(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (error instanceof WorkerError && error.family === "usage") return error.message;
    throw error;
  }
  throw new Error("the text was read");
}

/** What every file above gives, but for what a test says. */
const PLAIN: Read = {
  basedir: "/srv/w",
  buildmasterHost: "master.example",
  port: 9989,
  connectionString: null,
  proxyConnectionString: null,
  workerName: "w1",
  password: "hunter2",
  passwordVariables: [],
  keepaliveSeconds: 600,
  umask: null,
  maxDelaySeconds: 300,
  numcpus: null,
  allowShutdown: null,
  maxRetries: null,
  useTls: false,
  deleteLeftoverDirs: false,
  protocol: "pb",
  unicodeEncoding: null,
  path: null,
  hasObserver: true,
  logPath: "/srv/w/twistd.log",
  toStandardError: false,
  rotatesDaily: false,
  rotateLengthBytes: 10_000_000,
  maxRotatedFiles: 10,
};

const WORKER_OF_4 = `s = Worker(buildmaster_host, port, workername, passwd, basedir,
           keepalive, umask=umask, maxdelay=maxdelay,
           numcpus=numcpus, allow_shutdown=allow_shutdown,
           maxRetries=maxretries, protocol=protocol, useTls=use_tls,
           delete_leftover_dirs=delete_leftover_dirs,
           connection_string=connection_string,
           proxy_connection_string=proxy_connection_string)`;

function workerWith(more: string): string {
  return `s = Worker(buildmaster_host, port, workername, passwd, basedir, keepalive, ${more})`;
}

const NO_LOG = {
  hasObserver: false,
  logPath: null,
  toStandardError: false,
  rotatesDaily: false,
  rotateLengthBytes: null,
  maxRotatedFiles: null,
};
const STDOUT_LOG = { ...NO_LOG, hasObserver: true };

describe("reading a buildbot.tac", () => {
  const passwordFile = join(directory, "password");
  writeFileSync(passwordFile, "from a file\r\n");
  const files: readonly (readonly [string, string, Partial<Read>, Record<string, string>?])[] = [
    ["of release 0.9", tac(), {}],
    ["relocatable", tac({ basedir: "'.'" }), { basedir: directory, logPath: join(directory, "twistd.log") }],
    [
      "whose log observer is set inside try and except",
      tac({ log: `try:${LOG.replaceAll("\n", "\n  ")}\nexcept ImportError:\n  # an old Twisted\n  pass\n` }),
      {},
    ],
    ["of --no-logrotate", tac({ log: "" }), NO_LOG],
    [
      "of release 1.x with retries",
      tac({
        variables: "maxretries = 3",
        worker: workerWith("umask=umask, maxdelay=maxdelay, numcpus=numcpus, maxRetries=maxretries"),
      }),
      { maxRetries: 3 },
    ],
    [
      "of release 2.x with TLS",
      tac({
        variables: "maxretries = None\nuse_tls = 1\ndelete_leftover_dirs = 0",
        worker: workerWith("maxRetries=maxretries, useTls=use_tls, delete_leftover_dirs=delete_leftover_dirs"),
      }),
      { useTls: true, deleteLeftoverDirs: 0 },
    ],
    [
      "of release 4.x with every option",
      tac({
        variables: `
buildmaster_host = None  # 'master.example'
port = None  # 9989
connection_string = 'tls:master.example:9989:trustRoots=/certs'
keepalive = 30
umask = 0o22
maxdelay = 60
numcpus = 4
allow_shutdown = 'signal'
maxretries = 10
use_tls = 1
delete_leftover_dirs = 1
proxy_connection_string = None
protocol = 'msgpack_experimental_v7'`,
        worker: WORKER_OF_4,
      }),
      {
        buildmasterHost: null,
        port: null,
        connectionString: "tls:master.example:9989:trustRoots=/certs",
        keepaliveSeconds: 30,
        umask: 0o22,
        maxDelaySeconds: 60,
        numcpus: 4,
        allowShutdown: "signal",
        maxRetries: 10,
        useTls: true,
        deleteLeftoverDirs: 1,
        protocol: "msgpack_experimental_v7",
      },
    ],
    [
      "that filters its log by level",
      tac({
        log: `${LOG_FILE}
from twisted.logger import ILogObserver, FilteringLogObserver, LogLevel, LogLevelFilterPredicate, textFileLogObserver
predicate = LogLevelFilterPredicate(defaultLogLevel=LogLevel.info)
application.setComponent(ILogObserver, FilteringLogObserver(textFileLogObserver(logfile), predicates=[predicate]))`,
      }),
      {},
    ],
    [
      "that hands its observer on in a list",
      tac({
        log: `${LOG_FILE}
from twisted.logger import ILogObserver, LogPublisher, textFileLogObserver
observers = [textFileLogObserver(logfile)]
application.setComponent(ILogObserver, LogPublisher(observers))`,
      }),
      {},
    ],
    [
      "that logs to standard output",
      tac({
        log: `from twisted.python.log import FileLogObserver, ILogObserver
application.setComponent(ILogObserver, FileLogObserver(sys.stdout).emit)`,
      }),
      STDOUT_LOG,
    ],
    [
      "with a LogFile of its own",
      tac({
        log: `from twisted.python import log, logfile
application.setComponent(log.ILogObserver, log.FileLogObserver(logfile.LogFile('x.log', 'logs')).emit)`,
      }),
      { logPath: join(directory, "logs/x.log"), rotateLengthBytes: 1_000_000, maxRotatedFiles: null },
    ],
    [
      "that never rotates",
      tac().replace("rotateLength = 10000000", "rotateLength = 0").replace("Files = 10", "Files = None"),
      { rotateLengthBytes: null, maxRotatedFiles: null },
    ],
    [
      "of the manual: usepty in the seventh place, an encoding",
      tac({
        variables: "usepty = 0",
        worker: `s = Worker(buildmaster_host, port, workername, passwd, basedir,
           keepalive, usepty, umask=umask, maxdelay=maxdelay,
           unicode_encoding='utf-8', allow_shutdown='signal')`,
      }),
      { unicodeEncoding: "utf-8", allowShutdown: "signal" },
    ],
    [
      "of the manual: a connection string in place of host and port",
      tac({
        worker: `s = Worker(None, None, workername, passwd, basedir, keepalive,
           connection_string=
           'TLS:buildbot-master.com:9989:trustRoots=/dir-with-ca-certs')`,
      }),
      {
        buildmasterHost: null,
        port: null,
        connectionString: "TLS:buildbot-master.com:9989:trustRoots=/dir-with-ca-certs",
      },
    ],
    ["with usePTY by name", tac({ worker: workerWith("usePTY=False, umask=0o22") }), { umask: 0o22 }],
    [
      "with everything in its place",
      tac({
        worker: workerWith(
          "None, '0o22', 60, '2', 'latin-1', 'pb', True, 'file', 5, None, 'ws', True, 'tcp:proxy:3128'",
        ),
      }),
      {
        umask: 0o22,
        maxDelaySeconds: 60,
        numcpus: 2,
        unicodeEncoding: "latin-1",
        useTls: true,
        allowShutdown: "file",
        maxRetries: 5,
        path: "ws",
        deleteLeftoverDirs: true,
        proxyConnectionString: "tcp:proxy:3128",
      },
    ],
    [
      "with a word for a flag",
      tac({ worker: workerWith("delete_leftover_dirs='yes'") }),
      { deleteLeftoverDirs: "yes" },
    ],
    ["with None for a flag", tac({ worker: workerWith("delete_leftover_dirs=None") }), { deleteLeftoverDirs: null }],
    [
      "with a fraction for a flag",
      tac({ worker: workerWith("delete_leftover_dirs=0.5") }),
      { deleteLeftoverDirs: true },
    ],
    ["with an empty encoding", tac({ worker: workerWith("unicode_encoding=''") }), { unicodeEncoding: null }],
    ["whose variables are not passed on", tac({ variables: "maxretries = 3\nuse_tls = 1" }), {}],
    [
      "with values that mean nothing",
      tac({ variables: "keepalive = None\nnumcpus = 0\nmaxdelay = None\nallow_shutdown = 'later'" }),
      { keepaliveSeconds: 0 },
    ],
    [
      "with a relative basedir",
      tac({ basedir: "'sub'" }),
      { basedir: join(directory, "sub"), logPath: join(directory, "sub/twistd.log") },
    ],
    [
      "with settings from the environment",
      tac({
        variables: `
buildmaster_host = os.environ.get("BUILDMASTER", 'localhost')
port = int(os.environ.get("BUILDMASTER_PORT", 9989))
workername = os.environ['WORKERNAME']
passwd = os.getenv("WORKERPASS")
keepalive = os.environ.get('KEEPALIVE', 600)`,
      }),
      {
        buildmasterHost: "localhost",
        port: 4000,
        workerName: "docker",
        password: "s3cret",
        passwordVariables: ["WORKERPASS"],
        keepaliveSeconds: 45,
      },
      { BUILDMASTER_PORT: "4000", WORKERNAME: "docker", WORKERPASS: "s3cret", KEEPALIVE: "45" },
    ],
    [
      "with a password from a file",
      tac({ variables: "passwd = open(os.path.join(os.path.dirname(__file__), 'password')).read().strip()" }),
      { password: "from a file" },
    ],
    [
      "with a password from a file that is closed again",
      tac({ variables: "with open('password', encoding='utf-8') as f:\n    passwd = f.read().rstrip('\\r\\n')" }),
      { password: "from a file" },
    ],
    ["with a password of bytes", tac({ variables: String.raw`passwd = b'h\xc3\xa9'` }), { password: "hé" }],
  ];

  it.each(files.map(([name, text, expected, environment]) => ({ name, text, expected, environment })))(
    "$name",
    ({ text, expected, environment }) => {
      expect(read(text, environment)).toEqual({ ...PLAIN, ...expected });
    },
  );
});

describe("the variables that a password was taken from", () => {
  writeFileSync(join(directory, "in-a-file"), "from a file\n");
  const environment = {
    A: "a",
    B: " b ",
    C: "c",
    EMPTY: "",
    CI: "1",
    HERE: directory,
    PW_FILE: "in-a-file",
    P: "p3",
    BOT_PASSWORD: "c",
  };
  const fromFile = { PROXY: "tcp:proxy:3128:user=u:password=p4" };
  it.each([
    ["one of several", "passwd = os.environ.get('EMPTY') or os.environ['A']", ["A", "EMPTY"]],
    ["a default", "passwd = os.getenv('NONE', os.environ['A'])", ["A"]],
    ["trimmed, by way of another name", "b = os.environ['B']\npasswd = b.strip()", ["B"]],
    ["joined", "passwd = 'x' + os.environ['A'] + '%s' % os.environ['C']", ["A", "C"]],
    ["out of a tuple", "all = (os.environ['A'], os.environ['C'])\npasswd = all[1]", ["BOT_PASSWORD", "C"]],
    ["behind a condition", "passwd = os.environ['A'] if os.environ.get('CI') == '1' else 'x'", ["A"]],
    ["behind an if", "if 'PW_FILE' in os.environ:\n    passwd = os.environ['C']", ["BOT_PASSWORD", "C"]],
    ["in a file", "passwd = open(os.environ['PW_FILE']).read().strip()", ["PW_FILE"]],
    ["in an open file", "with open(os.environ['PW_FILE']) as f:\n    passwd = f.read().strip()", ["PW_FILE"]],
    ["in a file somewhere", "passwd = open(os.path.join(os.environ['HERE'], 'in-a-file')).read()", []],
    ["none", "host = os.environ['A']\npasswd = 'a'", []],
    ["one with the name of a secret that has the same value", "passwd = 'c'", ["BOT_PASSWORD"]],
  ])("are known: %s", (_, variables, expected) => {
    expect(read(tac({ variables }), environment).passwordVariables.toSorted()).toEqual(expected);
  });

  it.each([
    ["a part of its endpoint", "'tcp:' + os.environ['HOST'] + ':3128:user=u:password=' + os.environ['P']", ["P"]],
    ["all of its endpoint", "os.environ['PROXY']", ["PROXY"]],
    ["no part of its endpoint", "'tcp:' + os.environ['HOST'] + ':3128'", []],
  ])("are known of a proxy's too: %s", (_, proxy, expected) => {
    const worker = workerWith(`proxy_connection_string=${proxy}`);
    const all = { ...environment, ...fromFile, HOST: "proxy" };
    expect(read(tac({ worker }), all).passwordVariables).toEqual(expected);
  });
});

describe("refusing a buildbot.tac", () => {
  const connection = "If you want to supply a connection string, then set host and port to None";
  it.each([
    ["", "unexpected content in '"],
    ["service.Application('buildmaster')", "unexpected content in '"],
    [tac().replace("buildbot_worker.bot import Worker", "buildslave.bot import BuildSlave"), "import Worker from"],
    ["# Application('buildbot-worker')", "creates no Worker(...)"],
    [
      tac({ variables: "protocol = 'null'", worker: workerWith("protocol=protocol") }),
      "Unknown protocol null; expected pb or msgpack_experimental_v7",
    ],
    [tac({ worker: workerWith("connection_string='tcp:h:1'") }), connection],
    [
      tac({
        worker:
          "s = Worker(None, None, workername, passwd, basedir, keepalive, connection_string='tcp:h:1', proxy_connection_string='tcp:p:1')",
      }),
      "If you want to use HTTP tunneling, then supply build master host and port rather than a connection string",
    ],
    [tac({ variables: "port = None" }), "buildmaster_host and port are required"],
    [tac({ variables: "port = 70000" }), "port must be a whole number from 1 to 65535"],
    [tac({ variables: "port = '9989x'" }), "port must be a number or None, got a string"],
    [tac({ variables: "umask = '022'" }), "umask must be a number or None, got a string"],
    [tac({ variables: "umask = 0o1000" }), "umask must be a whole number from 0 to 511"],
    [tac({ variables: "umask = 022" }), "an octal number begins with 0o"],
    [tac({ variables: "passwd = None" }), "passwd must be a string, got None"],
    [tac({ variables: "workername = 5" }), "name must be a string or None, got an integer"],
    [tac({ variables: String.raw`workername = '\udcff'` }), "name contains a character that is not valid Unicode"],
    [tac({ variables: "allow_shutdown = 1" }), "allow_shutdown must be a string or None, got an integer"],
    [
      tac({ worker: workerWith("unicode_encoding='nonsense'") }),
      "unknown encoding: nonsense; expected one of Python's that this worker supports, such as utf-8 or latin-1",
    ],
    [tac({ worker: workerWith("unicode_encoding='hex'") }), "unknown encoding: hex"],
    [tac({ variables: "numcpus = 1.5" }), "numcpus must be a whole number from 0"],
    [tac({ worker: workerWith("retries=1") }), "Worker got an unexpected keyword argument 'retries'"],
    [tac({ worker: workerWith("name='x'") }), "Worker got two values for the argument 'name'"],
    [tac({ worker: workerWith("umask=1, umask=2") }), "the argument umask is given twice"],
    [tac({ worker: `s = Worker(${"1, ".repeat(20)})` }), "Worker takes at most 19 arguments, got 20"],
    [tac({ worker: "s = Worker('h', 1, workername, passwd)" }), "Worker is missing its argument 'basedir'"],
    [tac({ worker: `${WORKER_OF_0_9}\ns.bot.max_line_length = 1048576` }), "only plain names can be assigned"],
    [
      tac({ worker: `${WORKER_OF_0_9}\ns.startService()` }),
      "this line calls buildbot_worker.bot.Worker().startService()",
    ],
    [
      tac({ variables: "import urllib.request\npasswd = urllib.request.urlopen('x').read()" }),
      "urllib.request.urlopen cannot be computed",
    ],
    [
      tac({ variables: "workername = service.names(1)" }),
      "name must be a string or None, got twisted.application.service.names(), which only Python",
    ],
    [tac({ variables: "passwd = os.environ['WORKERPASS']" }), "the environment variable WORKERPASS is not set"],
    [`Application('buildbot-worker')\n${"#".repeat(300_000)}`, "longer than 262144 characters"],
  ])("%#: with one sentence", (text, sentence) => {
    expect(refusal(text)).toContain(sentence);
  });

  it("names the file and the line", () => {
    const text = tac({ variables: "while True: pass" });
    const line = text.split("\n").findIndex((each) => each.startsWith("while")) + 1;
    expect(refusal(text)).toContain(`${join(directory, "buildbot.tac")}, line ${line}: `);
  });

  it("points at the missing comma of the manual's example", () => {
    const worker =
      "s = Worker(None, None, workername, passwd, basedir, keepalive\n" +
      "           connection_string='TCP:buildbot-master.com:9989')";
    const text = tac({ worker });
    const line = text.split("\n").findIndex((each) => each.endsWith("keepalive")) + 1;
    expect(refusal(text)).toBe(
      `${join(directory, "buildbot.tac")}, line ${line}: a comma, or ')', is missing at the end of this line`,
    );
  });

  it.each([
    "passwd = hunter2",
    "passwd = 'hunter2",
    "passwd = hunter2'",
    "passwd = 'hunter2' + 1",
    "passwd = int('hunter2')",
    "passwd = 'hunter2' % 1",
    "passwd = ['hunter2']",
    "port = passwd",
    "umask = passwd",
    "hunter2",
    "passwd = f'hunter2{0'",
    String.raw`passwd = 'hunter2\udcff'`,
    "passwd = open",
  ])("never repeats the password: %s", (variables) => {
    expect(refusal(tac({ variables }))).not.toContain("hunter2");
  });

  it("does not show a password in place of the protocol", () => {
    expect(refusal(tac({ worker: workerWith("protocol=passwd") }))).toBe(
      "Unknown protocol; expected pb or msgpack_experimental_v7",
    );
  });

  it("does not show a password in place of the encoding", () => {
    expect(refusal(tac({ worker: workerWith("unicode_encoding=passwd") }))).toContain("unknown encoding; expected");
  });
});

describe("the names of Buildhand's own options", () => {
  const options = (variables: string) => {
    const path = join(directory, "buildbot.tac");
    return ownOptions([readTac(tac({ variables }), { path, directory, environment: {} }).own]);
  };

  it("are read where the file assigns them", () => {
    expect(options("leftovers = 'kill'\nline_limit = 4096\ntls_verify = True\ndrain_limit = None")).toMatchObject({
      leftovers: "kill",
      line_limit: 4096,
      tls_verify: true,
      drain_limit: 3600,
    });
  });

  it("fail with the file's name for an invalid value", () => {
    expect(() => options("leftovers = 7")).toThrow(
      `leftovers in ${join(directory, "buildbot.tac")} must be keep or kill`,
    );
    expect(() => options("leftovers = []")).toThrow("must be a string or a number, got");
  });
});

describe("the lines that settings come from", () => {
  it("are those where the value that is passed on was computed last", () => {
    const text = tac({ variables: "keepalive = 60\nline_limit = 4096\nworkername = \\\n  'a' + 'b'" });
    const lineOf = (start: string) => text.split("\n").findLastIndex((line) => line.startsWith(start)) + 1;
    const { lines } = readTac(text, { path: join(directory, "buildbot.tac"), directory, environment: {} });
    const [worker] = lines.workers;
    expect(worker?.get("keepaliveSeconds")).toBe(lineOf("keepalive = 60"));
    expect(worker?.get("workerName")).toBe(lineOf("  'a'"));
    expect(worker?.get("umask")).toBe(lineOf("umask = None"));
    expect(worker?.has("protocol")).toBe(false);
    expect(lines.own.get("line_limit")).toBe(lineOf("line_limit"));
    expect(lines.log.get("rotateLengthBytes")).toBe(lineOf("rotateLength ="));
    expect(lines.log.get("logPath")).toBe(lineOf("logfile = "));
  });
});
