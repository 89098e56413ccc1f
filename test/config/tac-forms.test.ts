// What admins write into a buildbot.tac beyond what create-worker does, form by form.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { WorkerError } from "../../src/base/errors.ts";
import { readTac, type Tac } from "../../src/config/tac.ts";

const directory = mkdtempSync(join(tmpdir(), "buildhand-forms-"));
const path = join(directory, "buildbot.tac");
afterAll(() => rmSync(directory, { recursive: true }));
writeFileSync(join(directory, "passwd"), "from-file\nsecond line\n");
writeFileSync(
  join(directory, "c.json"),
  '{"pw": "js\\/on", "port": 4000, "list": [1, 2.5, true, null], "é": "\\ud83d\\ude00"}\n',
);

const HEAD = `
import os, sys
from twisted.application import service
from buildbot_worker.bot import Worker
application = service.Application('buildbot-worker')
name = 'w'
passwd = 'hunter2'
keepalive = 600
numcpus = None
port = 9989
`;

const END = `
s = Worker('h', port, name, passwd, '.', keepalive, numcpus=numcpus)
s.setServiceParent(application)
`;

const ENVIRONMENT = { PATH: "/bin", WORKERPASS: "s3cret", WORKERNAME: "docker", COUNT: "3", LIST: "a b  c", EMPTY: "" };

function read(text: string, environment: Record<string, string> = ENVIRONMENT): Tac {
  return readTac(text, { path, directory, environment });
}

function readForm(form: string): Tac {
  return read(`${HEAD}${form}\n${END}`);
}

function refusal(form: string): WorkerError {
  try {
    readForm(form);
  } catch (error) {
    if (error instanceof WorkerError) return error;
    throw error;
  }
  throw new Error("the text was read");
}

describe("a name of a worker", () => {
  it.each([
    ["name = 'a b  c'.split()[1] + ' x,y '.strip().rsplit(',', 1)[0]", "bx"],
    ["name = os.environ['WORKERNAME'].replace('d', 'D').upper().lower()", "docker"],
    ["name = '-'.join(['a', 'b']) + '{}-{:03d}'.format('c', 7) + '%s%02d' % ('d', 5)", "a-bc-007d05"],
    ["n = 3\nname = f'{name}-{n:02d}-{os.environ[\"WORKERNAME\"]!r}'", "w-03-'docker'"],
    ["name = f'''{\n n if 0 else 'y'}{{}}''' if 1 else ''", "y{}"],
    ["name = 'abcdef'[1:-1][::-1]", "edcb"],
    ["name += '-1'\nname *= 2", "w-1w-1"],
    ["a, (b, *c) = 1, (2, 3, 4)\nname = '%d%d%d' % (a, b, len(c))", "122"],
    ["a = b = 'q'\nname: str = a + b", "qq"],
    ["name = 'x' if 1 < 2 <= 2 != 3 and not (3 > 4 or False) else 'y'", "x"],
    ["name = ' '.join(sorted(set(['b', 'a', 'b'])))", "a b"],
    ["name = str(min(8, 3)) + str(max([1, 2])) + str(int('7')) + str(bool(''))", "327False"],
    ["name = ''\nfor i in range(2, 8, 3): name += str(i)", "25"],
    ["name = ''\nfor i, (k, v) in enumerate({'a': 1, 'b': 2}.items(), 1):\n  name += f'{i}{k}{v}'", "1a12b2"],
    [
      "name = ''\nfor i in [1, 2, 3, 4]:\n  if i == 2: continue\n  if i == 4: break\n  name += str(i)\nelse:\n  name = 'no'",
      "13",
    ],
    ["name = ''\nl = ['a', 'b', 'c']\nfor x in l:\n  l.remove(x)\n  name += x", "ac"],
    [
      "opts = {'a': 'x', **{'b': 'y'}}\nopts['c'] = opts.pop('a') + opts.get('z', 'd')\nname = opts['c'] + str(len(opts))",
      "xd2",
    ],
    ["l = [3, 1]\nl.append(2)\nl += [0]\nl.sort(reverse=True)\ndel l[0]\nname = '%d%d%d' % tuple(l)", "210"],
    ["a = l = []\na.append('x')\nname = l[-1]", "x"],
    ["import socket\nname = socket.gethostname().split('.')[0]", hostname().split(".")[0]!],
    ["import getpass\nname = getpass.getuser()", userInfo().username],
    [
      "import platform\nname = platform.system() if sys.platform.startswith('linux') and os.name == 'posix' else 'other'",
      process.platform === "linux" ? "Linux" : "other",
    ],
    [
      "import platform\nif platform.machine() in ('none',): name = 'none'\nelif os.path.exists('/nowhere'): name = 'x'\nelse: name = 'else'",
      "else",
    ],
    ["name = os.uname().nodename", hostname()],
    ["name = 'main' if __name__ == '__main__' else 'tac'", "tac"],
    ["d = {}\ndict.update(d, a='x')\nname = d['a']", "x"],
    ["name = 'py3' if sys.version_info[0] >= 3 and sys.version_info > (3, 5) else 'py2'", "py3"],
    ["name = os.path.splitext(os.path.basename('/a/b.c.d'))[0]", "b.c"],
    ["from pathlib import Path\nname = (Path(__file__).parent / 'x' / '../y').name + str(Path('a//b/./c'))", "ya/b/c"],
    [
      "from pathlib import Path\nname = 'yes' if (Path(__file__).resolve().parent / 'passwd').exists() else 'no'",
      "yes",
    ],
    ["name, _, rest = 'a:b:c'.partition(':')\nname += rest", "ab:c"],
    ["name = 'é😀x'[1] + str(len('é😀x'))", "😀3"],
    ["try:\n  import buildslave\n  name = 'old'\nexcept ImportError:\n  name = 'new'", "new"],
    ["try:\n  name = os.environ['NO']\nexcept KeyError as e:\n  name = 'k'\nfinally:\n  name += 'f'", "kf"],
    ["try:\n  name = open('none').read()\nexcept (IOError, ValueError):\n  name = 'x'\nelse:\n  name = 'y'", "x"],
    ["try:\n  name = int('x')\nexcept Exception:\n  name = 'v'", "v"],
    ["try:\n  try: {}['a']\n  except KeyError: raise\nexcept LookupError: name = 'again'", "again"],
    ["try:\n  raise RuntimeError('why')\nexcept RuntimeError as e:\n  name = str(e)", "why"],
    ["try:\n  unicode\nexcept NameError:\n  unicode = str\nname = unicode(5)", "5"],
  ])("%s", (form, expected) => {
    expect(readForm(form).workers[0].workerName).toBe(expected);
  });
});

describe("a password", () => {
  it.each([
    ["passwd = open('passwd').read().strip()", "from-file\nsecond line", []],
    ["passwd = open('passwd').readline().rstrip()", "from-file", []],
    ["passwd = open('passwd').readlines()[1].strip()", "second line", []],
    [
      "with open('passwd') as f:\n  passwd = f.readline().strip()\n  passwd += f.readline().strip()",
      "from-filesecond line",
      [],
    ],
    ["with open('passwd') as f:\n  for line in f: passwd = line.strip()", "second line", []],
    ["f = open('passwd', 'rb')\npasswd = f.read(4).decode('utf-8')\nf.close()", "from", []],
    ["from pathlib import Path\npasswd = Path('passwd').read_text().splitlines()[0]", "from-file", []],
    ["import json\npasswd = json.load(open('c.json'))['pw']", "js/on", []],
    [
      "import json\nwith open('c.json') as f: c = json.loads(f.read())\npasswd = c['é'] + str(c['port']) + str(c['list'][2])",
      "😀4000True",
      [],
    ],
    ["passwd = os.environ['WORKERPASS'].split('3')[1]", "cret", ["WORKERPASS"]],
    ["passwd = f'{os.environ[\"WORKERPASS\"]:>8}'", "  s3cret", ["WORKERPASS"]],
    ["passwd = '{p}'.format(p=os.environ['WORKERPASS'])", "s3cret", ["WORKERPASS"]],
    ["passwd = '%(p)s' % {'p': os.environ['WORKERPASS']}", "s3cret", ["WORKERPASS"]],
    ["l = [os.environ['WORKERPASS']]\npasswd = ''.join(l)", "s3cret", ["WORKERPASS"]],
    ["d = dict(n=os.environ['WORKERNAME'], p=os.environ['WORKERPASS'])\npasswd = d['p']", "s3cret", ["WORKERPASS"]],
    ["d = dict(n=os.environ['WORKERNAME'], p=os.environ['WORKERPASS'])\npasswd = d.get('p')", "s3cret", ["WORKERPASS"]],
    ["passwd = os.environ['WORKERPASS'][1:]", "3cret", ["WORKERPASS"]],
    ["passwd = ''\nfor c in os.environ['WORKERPASS']: passwd += c", "s3cret", ["WORKERPASS"]],
    ["n = int(os.environ['COUNT'])\npasswd = str(n)", "3", ["COUNT"]],
    ["import json\npasswd = json.loads('[\"' + os.environ['WORKERPASS'] + '\"]')[0]", "s3cret", ["WORKERPASS"]],
    ["passwd = os.environ.pop('WORKERPASS')", "s3cret", ["WORKERPASS"]],
    ["e = os.environ.copy()\npasswd = e['WORKERPASS']", "s3cret", ["WORKERPASS"]],
    ["for k, v in os.environ.items():\n  if k.endswith('PASS'): passwd = v", "s3cret", ["WORKERPASS"]],
    [
      "os.environ['COPY'] = 'x' + os.environ['WORKERPASS']\npasswd = os.environ['WORKERPASS']",
      "s3cret",
      ["COPY", "WORKERPASS"],
    ],
    ["try: passwd = open('/none').read()\nexcept OSError: passwd = os.environ['WORKERPASS']", "s3cret", ["WORKERPASS"]],
  ] as const)("%s", (form, password, variables) => {
    const [worker] = readForm(form).workers;
    expect([worker.password, worker.passwordVariables.toSorted()]).toEqual([password, variables]);
  });
});

describe("numbers", () => {
  it.each([
    ["keepalive += 60", 660],
    ["keepalive = 5 * 60 if os.environ.get('COUNT') == '3' else 1", 300],
    ["keepalive = int(os.environ.get('COUNT', 5)) ** 2 // 2 % 3 | 8 & ~0", 9],
    ["opts = {'keepalive': 30}\nkeepalive = opts.setdefault('keepalive', 1)", 30],
    ["keepalive = float('1.5') * 2", 3],
    ["keepalive = sum = 7", 7],
  ])("%s", (form, expected) => {
    expect(readForm(form).workers[0].keepaliveSeconds).toBe(expected);
  });

  it.each(["import multiprocessing\nnumcpus = multiprocessing.cpu_count()", "numcpus = os.cpu_count()"])(
    "%s",
    (form) => {
      expect(readForm(form).workers[0].numcpus).toBe(cpus().length);
    },
  );
});

describe("the environment", () => {
  it.each<readonly [string, Record<string, string | undefined>]>([
    ["os.environ['PATH'] = '/x:' + os.environ['PATH']", { PATH: "/x:/bin" }],
    ["os.environ['PATH'] += os.pathsep + '/y'", { PATH: "/bin:/y" }],
    ["os.environ.setdefault('PATH', 'no')\nos.environ.setdefault('NEW', 'yes')", { NEW: "yes" }],
    ["os.environ.pop('NO', None)\nos.environ.pop('LIST')", { LIST: undefined }],
    ["del os.environ['EMPTY']", { EMPTY: undefined }],
    ["os.environ.update({'A': '1'}, B='2')\nif 'A' in os.environ: del os.environ['A']", { B: "2" }],
    ["from os import environ\nenviron['A'] = str(len(environ) > 1)", { A: "True" }],
    ["env = os.environ.copy()\nenv['A'] = '1'", {}],
    [
      "import fnmatch\nfor name in list(os.environ.keys()):\n  for p in 'WORKER* EMPTY'.split():\n    if fnmatch.fnmatch(name, p):\n      del os.environ[name]\n      break\nname = 'w'",
      { WORKERPASS: undefined, WORKERNAME: undefined, EMPTY: undefined },
    ],
  ])("%s", (form, expected) => {
    expect(Object.fromEntries(readForm(form).effects.environment)).toEqual(expected);
  });

  it("may change nothing", () => {
    expect(readForm("pass").effects).toEqual({ environment: new Map(), umask: undefined, niceness: 0, remarks: [] });
  });
});

describe("effects on the process", () => {
  it("are computed, not applied", () => {
    const before = process.umask();
    const { umask, niceness } = readForm("os.nice(5)\nos.nice(5)\nold = os.umask(0o27)").effects;
    expect([umask, niceness, process.umask()]).toEqual([0o27, 10, before]);
  });

  it("are reported in the log if they are not supported", () => {
    const form =
      "print('hello', 5, sep='-')\nimport logging\nlogging.basicConfig(level=logging.INFO)\nsys.path.insert(0, '/x')\nsys.path += ['/y']\nif '/z' not in sys.path: sys.path.append('/z')";
    const line = HEAD.split("\n").length;
    expect(readForm(form).effects.remarks).toEqual([
      "hello-5",
      `buildbot.tac, line ${line + 2}: logging.basicConfig has no effect here`,
      `buildbot.tac, line ${line + 3}: sys.path.insert has no effect here`,
      `buildbot.tac, line ${line + 4}: sys.path has no effect here`,
      `buildbot.tac, line ${line + 5}: sys.path.append has no effect here`,
    ]);
  });

  it("never note a password", () => {
    expect(readForm("print(passwd + '!')").effects.remarks).toEqual(["***!"]);
  });
});

describe("a worker's call", () => {
  it.each([
    [
      "by a dict",
      "opts = dict(buildmaster_host='h', port=1, name='n', passwd='p')\nopts['basedir'] = '.'\nWorker(**opts, keepalive=5).setServiceParent(application)",
      ["n"],
    ],
    [
      "by a list",
      "args = ['h', 1, 'n', 'p', '.']\nw = Worker(*args, 600)\nw.setServiceParent(service.IServiceCollection(application))",
      ["n"],
    ],
    [
      "in a loop",
      "for i in range(3):\n  Worker('h', 1, f'w{i}', 'p', f'w{i}', 600).setServiceParent(application)",
      ["w0", "w1", "w2"],
    ],
    [
      "without a parent never starts",
      "a = Worker('h', 1, 'a', 'p', 'a', 600)\nb = Worker('h', 1, 'b', 'p', 'b', 600)\nb.setServiceParent(application)",
      ["b"],
    ],
  ])("%s", (_, workers, names) => {
    expect(read(`${HEAD}${workers}\n`).workers.map(({ workerName }) => workerName)).toEqual(names);
  });

  it.each(['Application("buildbot-worker")', "Application('buildslave')", "Application(name)"])(
    "of %s",
    (application) => {
      const text = `name = 'w'${HEAD}${END}`.replace("Application('buildbot-worker')", application);
      expect(read(text).workers).toHaveLength(1);
    },
  );
});

describe("a log", () => {
  const IMPORTS =
    "from twisted.python.log import FileLogObserver, ILogObserver\nfrom twisted.python.logfile import LogFile, DailyLogFile\n";
  const daily = { logPath: join(directory, "x.log"), rotatesDaily: true, rotateLengthBytes: null };
  it.each([
    ["FileLogObserver(sys.stdout).emit", { hasObserver: true, logPath: null, toStandardError: false }],
    ["FileLogObserver(sys.stderr).emit", { hasObserver: true, logPath: null, toStandardError: true }],
    ["FileLogObserver(DailyLogFile('x.log', '.')).emit", daily],
    ["FileLogObserver(DailyLogFile.fromFullPath(os.path.join('.', 'x.log'))).emit", daily],
    [
      "FileLogObserver(LogFile('x.log', '.', 500, maxRotatedFiles=2)).emit",
      { rotateLengthBytes: 500, maxRotatedFiles: 2, rotatesDaily: false },
    ],
  ])("%s", (observer, expected) => {
    expect(readForm(`${IMPORTS}application.setComponent(ILogObserver, ${observer})`).log).toMatchObject(expected);
  });
});

describe("what ends the start", () => {
  it.each([
    ["raise ValueError('no ' + 'luck')", "ValueError: no luck", 1],
    ["raise Exception", "Exception", 1],
    ["assert 'NO' in os.environ, 'NO must be set'", "AssertionError: NO must be set", 1],
    ["sys.exit('set a variable')", "set a variable", 1],
    ["sys.exit(3)", "exit status 3", 3],
    ["sys.exit()", "exit status 0", 0],
    ["raise SystemExit(4)", "exit status 4", 4],
    ["raise Exception('bad ' + passwd)", "Exception: bad ***", 1],
    ["raise Exception('bad ' + os.environ['WORKERPASS'])", "Exception: bad ***", 1],
    ["try:\n  sys.exit(2)\nexcept Exception: pass", "exit status 2", 2],
  ])("%s", (form, words, exitCode) => {
    const error = refusal(form);
    expect(error.message).toMatch(new RegExp(`line \\d+: the file ends the start: ${words.replaceAll("*", "\\*")}$`));
    expect([error.code, error.exitCode]).toEqual(["ERR_TAC_ENDED", exitCode]);
  });
});

it("shows what a file printed before it ended the start", () => {
  expect(refusal("print('giving up with ' + passwd)\nsys.exit(3)").message).toMatch(
    /^giving up with \*\*\*\n.*exit status 3$/,
  );
});

describe("unsupported Python", () => {
  const CURE = "write plain values, or let 'buildhand tac import BASEDIR' compute them with Python";
  it.each([
    ["def f(): pass", "a 'def' statement cannot be read", CURE],
    ["class A: pass", "a 'class' statement cannot be read", CURE],
    ["x = [i for i in range(3)]", "a comprehension", CURE],
    ["x = lambda: 1", "a lambda", CURE],
    ["while True: pass", "a 'while' statement", "repeat with 'for … in range(…)'"],
    ["import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))", "limits of the process", "LimitNOFILE="],
    ["import configparser\nc = configparser.ConfigParser()", "configparser.ConfigParser cannot be computed", CURE],
    ["exec(open('site.py').read())", "exec cannot be computed", CURE],
    ["import site_settings", "the module site_settings is not part of Python", CURE],
    ["try:\n  import dotenv\nexcept ImportError: pass", "the module dotenv is not part of Python", CURE],
    ["import subprocess\nname = subprocess.check_output('x')", "subprocess.check_output cannot be computed", CURE],
    ["f = open('x.log', 'a')", "only be opened for reading", "LogFile.fromFullPath"],
    ["name.x = 1", "not a part of a string", CURE],
    ["try: open('no')\nexcept OSError as e: x = e.errno == 2", "cannot be done without Python", CURE],
    ["import socket\nx = socket.getfqdn('x')", "this call of socket.getfqdn() cannot be computed", CURE],
    ["x = range(20000)", "a range has more than 10000 items", CURE],
    ["os.environ['A'] = 1", "expected a string, got an integer", ""],
    ["del os.environ['NO']", "the environment variable NO is not set", ""],
    ["name = {}['a']", "a key is not in the dict", ""],
    ["name = [1][1]", "an index is out of range", ""],
    ["a, b = 1, 2, 3", "3 values are assigned to 2 names", ""],
    ["d = {'a': 1}\nfor k in d: del d[k]", "changes its size", "list(…)"],
    ["name = str([1]", "bracket", ""],
    ["raise", "without a value outside 'except'", ""],
    ["list.append('a', 1)", "a list is expected", CURE],
    ["dict.update()", "a dict is expected", CURE],
    ["dict.get(1, 2)", "a dict is expected", CURE],
    ["service.Application('w', uid=1)", "the user of a worker cannot be set here", "User="],
    ["break", "outside a loop", ""],
  ])("%s", (form, reason, cure) => {
    const { message, code } = refusal(form);
    expect(code === "ERR_TAC_SYNTAX" || code === "ERR_TAC_SETTING").toBe(true);
    expect(message).toContain(reason);
    expect(message).toContain(cure);
  });

  it.each([
    ["loops without an end", "for i in range(10000):\n  for j in range(10000): pass", "more than 100000 steps"],
    ["long ranges", "x = list(range(10 ** 9))", "more than 10000 items"],
    ["long repetitions", "x = 'x' * 10 ** 9", "cannot be done"],
    ["lists that grow", "l = [1]\nfor i in range(100): l += l", "more than 10000 items"],
    ["texts in lists", "l = []\nfor i in range(5000): l.append('x' * 60000)", "more than 100000 steps"],
    ["wide formats", "x = '%99999s' % 1", "cannot be done"],
    ["wider formats", "x = '{:999999}'.format(1)", "this call of text.format() cannot be computed"],
    ["replacements", "x = ('a' * 60000).replace('a', 'b' * 60000)", "too long"],
    ["joins", "x = ('a' * 60000).join(['b'] * 10000)", "too long"],
    ["lists inside themselves", "l = []\nl.append(l)\nx = str(l)", "this call of str() cannot be computed"],
    ["lists that double", "y = []\nfor i in range(5000): y = [y, y]\nx = [y, y] == [y, y]", "cannot be done"],
    [
      "tuples that double",
      "y = ()\nfor i in range(9999): y = (y, y)\nx = max(os.environ['EMPTY'] or y, y)",
      "have no order",
    ],
    ["braces in braces", `x = ${"f'{".repeat(50)}1${"}'".repeat(50)}`, "levels deep"],
    ["deep JSON", `import json\nx = json.loads('${"[".repeat(9000)}${"]".repeat(9000)}')`, "nested too deep"],
  ])("%s", (_, form, reason) => {
    expect(refusal(form).message).toContain(reason);
  });
});

describe("a container's file", () => {
  const image = `
import fnmatch
import os
import sys

from twisted.application import service
from twisted.python.log import FileLogObserver, ILogObserver

from buildbot_worker.bot import Worker

basedir = os.environ.get("BUILDBOT_BASEDIR",
    os.path.abspath(os.path.dirname(__file__)))
application = service.Application('buildbot-worker')
application.setComponent(ILogObserver, FileLogObserver(sys.stdout).emit)

host = os.environ.get("BUILDMASTER", 'localhost')
port = int(os.environ.get("BUILDMASTER_PORT", 9989))
protocol = os.environ.get("BUILDMASTER_PROTOCOL", 'pb')
name = os.environ.get("WORKERNAME", 'docker')
password = os.environ.get("WORKERPASS")

patterns = os.environ.get("WORKER_ENVIRONMENT_BLACKLIST", "WORKERPASS").split()
for variable in list(os.environ.keys()):
    for pattern in patterns:
        if fnmatch.fnmatch(variable, pattern):
            del os.environ[variable]

s = Worker(host, port, name, password, basedir, 600, umask=None, maxdelay=300,
           allow_shutdown=None, maxRetries=10, delete_leftover_dirs=False, protocol=protocol)
s.setServiceParent(application)
`;

  it("takes its settings from the environment, which it scrubs", () => {
    const given = { BUILDMASTER: "m", BUILDMASTER_PORT: "9", WORKERPASS: "s3cret", HOME: "/h" };
    const { workers, log, effects } = read(image, given);
    expect(workers).toMatchObject([
      { buildmasterHost: "m", port: 9, workerName: "docker", password: "s3cret", basedir: directory, maxRetries: 10 },
    ]);
    expect(workers[0].passwordVariables).toEqual(["WORKERPASS"]);
    expect(log).toMatchObject({ hasObserver: true, logPath: null, toStandardError: false });
    expect([...effects.environment]).toEqual([["WORKERPASS", undefined]]);
  });

  it("scrubs what its patterns name", () => {
    const given = { WORKER_ENVIRONMENT_BLACKLIST: "SECRET_* *PASS", WORKERPASS: "s3cret", SECRET_A: "a", B: "b" };
    expect([...read(image, given).effects.environment.keys()].toSorted()).toEqual(["SECRET_A", "WORKERPASS"]);
  });
});
