// What a buildbot.tac may contain: the forms that people write, each in a file written for these tests, and what is not read.

/** Variables that every form finds when it is read. */
export const TAC_ENVIRONMENT: Readonly<Record<string, string>> = {
  HOME: "/home/builder",
  LANG: "C.UTF-8",
  LOGNAME: "builder",
  PATH: "/usr/local/bin:/usr/bin:/bin",
  BUILD_TOKEN: "a token",
  CI_TOKEN: "another token",
  EMPTY: "",
  LEVEL: "7",
  WORKERNAME: "docker",
  WORKERPASS: "from the environment",
};

/** Files that every form finds beside its buildbot.tac. */
export const TAC_FILES: Readonly<Record<string, string>> = {
  passwd: "from a file\n",
  "two-lines": "w7\nfrom line two\n",
  "c.json": '{"pw": "from JSON", "name": "w7", "ports": [9988, 9990], "nested": {"keepalive": 45}}\n',
  "worker.ini": "[worker]\nname = w7\npasswd = from an ini file\n",
  "site.py": "passwd = 'from a site'\nkeepalive = 60\n",
  "site_settings.py": "passwd = 'from a module'\n",
};

export interface TacForm {
  /** As the page has it: the lines themselves, or what they do. */
  readonly form: string;
  /** The whole file. */
  readonly tac: string;
  /** Variables beside, or in place of, those that every form finds. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What must come of the file, where that both programs agree would say too little. */
  readonly shows?: Readonly<Record<string, unknown>>;
}

export interface RefusedForm extends TacForm {
  /** What it is refused with: all that follows the file and the line. */
  readonly sentence: string;
  /** Where the real worker refuses it as well: what it says. */
  readonly alike?: string;
  /** What `buildhand tac import` notes that it leaves out of the same settings. */
  readonly note?: string;
}

export interface EndingForm extends TacForm {
  readonly exit: number;
  /** A line that is printed. */
  readonly says: string;
}

export interface FormGroup {
  readonly title: string;
  readonly forms: readonly TacForm[];
}

/** The parts of a file, in the order in which they stand. */
interface Parts {
  readonly imports?: string;
  readonly application?: string;
  readonly log?: string;
  readonly lines?: string;
  readonly worker?: string;
}

const IMPORTS =
  "import os\nimport sys\nfrom buildbot_worker.bot import Worker\nfrom twisted.application import service";

const APPLICATION = "application = service.Application('buildbot-worker')";

const LOG_IMPORTS =
  "from twisted.python.log import FileLogObserver, ILogObserver\nfrom twisted.python.logfile import LogFile";

const LOG_FILE = `${LOG_IMPORTS}
logfile = LogFile.fromFullPath(os.path.join(basedir, 'twistd.log'), rotateLength=10000000, maxRotatedFiles=10)`;

const LOG = `${LOG_FILE}
application.setComponent(ILogObserver, FileLogObserver(logfile).emit)`;

const CALL =
  "Worker(buildmaster_host, port, workername, passwd, basedir, keepalive, umask=umask, maxdelay=maxdelay, " +
  "numcpus=numcpus, allow_shutdown=allow_shutdown)";

const WORKER = `s = ${CALL}\ns.setServiceParent(application)`;

function tac({ imports = IMPORTS, application = APPLICATION, log = LOG, lines = "", worker = WORKER }: Parts): string {
  return `${imports}

basedir = os.path.abspath(os.path.dirname(__file__))
${application}
${log}

buildmaster_host = 'master.example'
port = 9989
workername = 'w1'
passwd = 'sekret'
keepalive = 600
umask = None
maxdelay = 300
numcpus = None
allow_shutdown = None
${lines}
${worker}
`;
}

/** Lines among the settings; of several, the page has the last one, or what they do. */
function edit(lines: string, form = shown(lines), more: Partial<TacForm> = {}): TacForm {
  return { form, tac: tac({ lines }), ...more };
}

/** The lines as the page shows them: on one line, without imports. */
function shown(lines: string): string {
  const told = lines.split("\n").filter((line) => !/^(?:import|from) /.test(line));
  return `\`${told.join("; ")}\``;
}

/** The password in every kind of place. */
const secret = (expression: string, imports = "") =>
  edit(`${imports === "" ? "" : `${imports}\n`}passwd = ${expression}`);

/** A log observer, with what it needs. */
const observer = (form: string, lines: string, shows?: TacForm["shows"]): TacForm => ({
  form,
  tac: tac({ log: lines }),
  ...(shows === undefined ? {} : { shows: { log: shows } }),
});

const attached = (form: string, worker: string, lines = ""): TacForm => ({ form, tac: tac({ worker, lines }) });

const environmentEdits: readonly TacForm[] = [
  edit("os.environ['PATH'] = '/opt/tools/bin:' + os.environ['PATH']", undefined, {
    shows: { environment: { PATH: "/opt/tools/bin:/usr/local/bin:/usr/bin:/bin" } },
  }),
  edit('os.environ["PATH"] = "/opt/tools/bin" + os.pathsep + os.environ.get("PATH", "")'),
  edit("os.environ['PATH'] += ':/opt/tools/bin'"),
  edit("os.environ['PATH'] = os.path.expanduser('~/bin') + ':' + os.environ['PATH']"),
  edit("os.environ['PATH'] = ':'.join(['/opt/a', '/opt/b', os.environ['PATH']])"),
  edit("os.environ['PATH'] = f\"/opt/tools/bin:{os.environ['PATH']}\""),
  edit("os.environ['TOOLS'] = '/opt/tools'; os.environ['TOOLS_BIN'] = os.environ['TOOLS'] + '/bin'"),
  edit("os.environ.setdefault('CCACHE_DIR', '/var/cache/ccache')"),
  edit("os.environ.setdefault('PATH', '/nowhere')"),
  edit("workername = os.environ.setdefault('WORKERNAME', 'w9')"),
  edit("os.environ.pop('BUILD_TOKEN')"),
  edit("os.environ.pop('DISPLAY', None)"),
  edit("passwd = os.environ.pop('WORKERPASS')", undefined, {
    shows: { workers: [{ passwd: "from the environment" }] },
  }),
  edit("workername = os.environ.pop('NO_SUCH_NAME', 'w9')"),
  edit("del os.environ['BUILD_TOKEN']"),
  edit("del os.environ['BUILD_TOKEN'], os.environ['CI_TOKEN']"),
  edit(
    "if 'BUILD_TOKEN' in os.environ:\n    del os.environ['BUILD_TOKEN']",
    "`if 'X' in os.environ: del os.environ['X']`",
  ),
  edit("if 'DISPLAY' not in os.environ:\n    os.environ['DISPLAY'] = ':1'", "`if 'X' not in os.environ: …`"),
  edit(
    "if os.environ.get('DISPLAY') is None:\n    os.environ['DISPLAY'] = ':1'",
    "`if os.environ.get('X') is None: …`",
  ),
  edit("workername = os.environ.get('WORKERNAME', 'w9')"),
  edit("workername = os.environ['WORKERNAME'].upper()"),
  edit("workername = os.getenv('WORKERNAME') or 'w9'"),
  edit("keepalive = int(os.environ.get('LEVEL', 5)) * 60"),
  edit("env = os.environ.copy()\nenv['COPIED'] = 'yes'\nworkername = env['WORKERNAME']", "`env = os.environ.copy()`"),
  edit("env = dict(os.environ)\nenv['COPIED'] = 'yes'\nworkername = env['WORKERNAME']", "`env = dict(os.environ)`"),
  edit("os.environ.update({'LC_ALL': 'C', 'TZ': 'UTC'})"),
  edit("os.environ.update(LC_ALL='C', TZ='UTC')"),
  edit("e = os.environ\ne['LC_ALL'] = 'C'", "`e = os.environ; e['LC_ALL'] = 'C'`"),
  { form: "`from os import environ`", tac: tac({ lines: "from os import environ\nenviron['LC_ALL'] = 'C'" }) },
  edit(
    "for name in ('BUILD_TOKEN', 'CI_TOKEN', 'NO_SUCH_NAME'):\n    os.environ.pop(name, None)",
    "a loop that takes names of a list out of `os.environ`",
  ),
  edit(
    "import fnmatch\nfor name in list(os.environ.keys()):\n    if fnmatch.fnmatch(name, '*_TOKEN'):\n        del os.environ[name]",
    "a loop over `list(os.environ.keys())` with `fnmatch`",
    { shows: { absent: ["BUILD_TOKEN", "CI_TOKEN"] } },
  ),
  edit(
    "from fnmatch import fnmatchcase\nfor name in list(os.environ):\n    if fnmatchcase(name, '?*_TOKEN'):\n        del os.environ[name]",
    "a loop over `list(os.environ)` with `fnmatchcase`",
  ),
  edit(
    "for name in sorted(os.environ.keys()):\n    if name.startswith('BUILD_') or name.endswith('PASS'):\n        del os.environ[name]",
    "a loop over `sorted(os.environ.keys())` with `startswith` and `endswith`",
  ),
  edit(
    "for name, value in list(os.environ.items()):\n    if 'token' in value:\n        del os.environ[name]",
    "a loop over `list(os.environ.items())`",
  ),
  edit(
    "for name in os.environ.copy():\n    if name not in ('PATH', 'HOME', 'LANG'):\n        os.environ.pop(name)",
    "a loop over `os.environ.copy()`",
    { shows: { environment: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/home/builder", LANG: "C.UTF-8" } } },
  ),
  edit(
    "import fnmatch\nfor name in list(os.environ.keys()):\n    for pattern in 'BUILD_* CI_*'.split():\n        if fnmatch.fnmatch(name, pattern):\n            del os.environ[name]\n            break",
    "the loop with `break` or `continue`",
  ),
];

const hostFacts: readonly TacForm[] = [
  edit(
    "if sys.platform == 'win32':\n    basedir = 'C:\\\\worker'\nelse:\n    keepalive = 30",
    "`if sys.platform == 'win32': …`",
  ),
  edit("if sys.platform.startswith('linux'):\n    keepalive = 30", "`if sys.platform.startswith('linux'): …`"),
  edit(
    "if sys.platform in ('win32', 'cygwin'):\n    keepalive = 30\nelif sys.platform == 'linux':\n    keepalive = 40",
    "`elif`",
  ),
  edit("if os.name == 'nt':\n    keepalive = 30\nelse:\n    keepalive = 40", "`if os.name == 'nt': …`"),
  edit("keepalive = 30 if os.name == 'posix' and not sys.platform == 'darwin' else 60"),
  edit("import platform\nif platform.system() == 'Linux':\n    keepalive = 30", "`if platform.system() == 'Linux': …`"),
  edit("import platform\nworkername = 'w-' + platform.machine()"),
  edit("import platform\nworkername = platform.node()"),
  edit("import platform\nworkername = platform.release()"),
  edit("if sys.version_info[0] >= 3:\n    keepalive = 30", "`if sys.version_info[0] >= 3: …`"),
  edit(
    "if os.path.exists('/etc/passwd') and not os.path.isdir('no-such-dir'):\n    keepalive = 30",
    "`os.path.exists`, `isdir`",
  ),
  edit("if os.path.isfile(os.path.join(basedir, 'passwd')):\n    keepalive = 30", "`os.path.isfile`"),
  edit("import multiprocessing\nnumcpus = multiprocessing.cpu_count()"),
  edit("from multiprocessing import cpu_count\nnumcpus = cpu_count()"),
  edit("numcpus = os.cpu_count()"),
  edit("numcpus = min(8, os.cpu_count())"),
  edit("numcpus = max(1, os.cpu_count() // 2)"),
  edit("numcpus = os.cpu_count() or 1"),
  edit("numcpus = int(os.cpu_count() / 2) + 1"),
  edit("import socket\nworkername = socket.gethostname().split('.')[0]"),
  edit("import socket\nworkername = socket.getfqdn()"),
  edit("from socket import gethostname\nworkername = gethostname().partition('.')[0].lower()"),
  edit("workername = os.uname()[1]"),
  edit("workername = os.uname().nodename"),
  edit("import getpass\nworkername = getpass.getuser()"),
  edit("workername = 'w%d' % os.getpid()"),
  edit("basedir = os.getcwd()"),
  edit("basedir = os.path.dirname(os.path.realpath(__file__))"),
];

const texts: readonly TacForm[] = [
  edit("workername = f'w-{port}'"),
  edit("workername = f'{workername!r:>8}-{port:05d}-{keepalive / 7:.2f}'"),
  edit("workername = 'w-{}-{}'.format(port, keepalive)"),
  edit("workername = 'w-{0}-{name}'.format(port, name='x')"),
  edit("workername = 'w-%s-%03d' % ('x', 7)"),
  edit("workername = '%(kind)s-%(number)d' % {'kind': 'w', 'number': 7}"),
  edit("workername = '-'.join(['w', 'x', str(7)])"),
  edit("workername = ' W-7 '.strip().lower().replace('-', '_')"),
  edit("workername = 'a,b,c'.split(',')[1]"),
  edit("workername = 'a b  c'.split()[-1]"),
  edit("workername = 'a.b.c'.rsplit('.', 1)[0]"),
  edit("workername = 'one\\ntwo'.splitlines()[1].upper()"),
  edit("workername = 'worker-linux'[7:] + 'worker-linux'[:3]"),
  edit("workername = 'w' * 3"),
  edit("workername = 'win' if 'linux'.endswith('x') else 'other'"),
  edit("keepalive = len('four') * 60"),
  edit("workername = str(7) + 'w'"),
];

const secrets: readonly TacForm[] = [
  secret("open('passwd').read().strip()"),
  secret("open('passwd', 'r').readline().strip()"),
  secret("open(os.path.join(basedir, 'passwd')).readlines()[0].rstrip()"),
  secret("open('two-lines').read().splitlines()[1]"),
  edit(
    "with open('passwd') as f:\n    passwd = f.read().strip()",
    "`with open('passwd') as f: passwd = f.read().strip()`",
  ),
  edit(
    "with open('two-lines', encoding='utf-8') as f:\n    workername = f.readline().strip()\n    passwd = f.readline().strip()",
    "`f.readline()` one after the other",
  ),
  secret("Path('passwd').read_text().strip()", "from pathlib import Path"),
  secret("pathlib.Path(__file__).parent.joinpath('passwd').read_text().strip()", "import pathlib"),
  secret("(Path(basedir) / 'passwd').read_text(encoding='utf-8').rstrip('\\n')", "from pathlib import Path"),
  secret("json.load(open('c.json'))['pw']", "import json"),
  edit(
    "import json\nwith open('c.json') as f:\n    c = json.load(f)\npasswd, port = c['pw'], c['ports'][1]\nkeepalive = c.get('nested', {}).get('keepalive', 600)",
    "`with open('c.json') as f: c = json.load(f)`",
  ),
  secret("json.loads(open('c.json').read())['pw']", "import json"),
];

const assignments: readonly TacForm[] = [
  edit("keepalive += 60"),
  edit("keepalive -= 60; maxdelay *= 2; keepalive //= 7"),
  edit("keepalive, maxdelay = 30, 40"),
  edit("(workername, passwd) = ['w7', 'pw7']"),
  edit("workername, passwd = 'w7:pw7'.split(':')"),
  edit("keepalive = maxdelay = 45"),
  edit("port: int = 9990"),
  edit("keepalive = 2 * 60 + 2 ** 4 % 7 - 3 // 2"),
  edit("umask = 0o22"),
  edit("numcpus = [1, 2, 3][-1]"),
  edit("keepalive = {'a': 30, 'b': 40}['b']"),
  edit("keepalive = bool('x') + int('30') + int('0x10', 16)"),
  attached(
    "`opts = {...}; Worker(**opts)`",
    "s = Worker(**opts)\ns.setServiceParent(application)",
    "opts = {'buildmaster_host': buildmaster_host, 'port': port, 'name': 'w7', 'passwd': passwd, 'basedir': basedir, 'keepalive': 30}",
  ),
  attached(
    "`opts['keepalive'] = 60`",
    "s = Worker(buildmaster_host, port, workername, passwd, basedir, **opts)\ns.setServiceParent(application)",
    "opts = {}\nopts['keepalive'] = 60\nopts['umask'] = 0o22\nopts['keepalive'] += 5",
  ),
  attached(
    "`opts = dict(keepalive=60)`, `opts.update(…)`",
    "s = Worker(buildmaster_host, port, workername, passwd, basedir, **opts)\ns.setServiceParent(application)",
    "opts = dict(keepalive=60)\nopts.update(umask=0o22)\nopts.update({'numcpus': 3})",
  ),
  attached(
    "`args = [...]; Worker(*args)`",
    "args = [buildmaster_host, port, workername, passwd]\nargs.append(basedir)\ns = Worker(*args, keepalive=30)\ns.setServiceParent(application)",
  ),
];

const flow: readonly TacForm[] = [
  edit("print('worker', workername, port)"),
  edit("print('starting %s' % workername, file=sys.stderr)"),
  edit("assert passwd, 'no password'"),
  edit("if not passwd:\n    raise RuntimeError('no password')", "`if not passwd: raise …` that is not reached"),
  edit("if not passwd:\n    sys.exit('no password')", "`if not passwd: sys.exit(…)` that is not reached"),
  edit(
    "try:\n    import json\nexcept ImportError:\n    json = None\nif json is not None:\n    keepalive = 30",
    "`try: import json` with `except ImportError`",
  ),
  edit(
    "try:\n    passwd = open('no-such-file').read()\nexcept IOError:\n    passwd = 'pw7'",
    "`try: open(…)` with `except IOError`",
  ),
  edit(
    "try:\n    passwd = open('no-such-file').read()\nexcept (OSError, ValueError) as e:\n    print('no file')\n    passwd = 'pw7'\nelse:\n    keepalive = 1\nfinally:\n    maxdelay = 40",
    "`try` with `as`, `else` and `finally`",
  ),
  edit(
    "try:\n    passwd = os.environ['NO_SUCH_NAME']\nexcept KeyError:\n    passwd = 'pw7'",
    "`try: os.environ[…]` with `except KeyError`",
  ),
  edit(
    "try:\n    keepalive = int(os.environ['WORKERNAME'])\nexcept ValueError:\n    keepalive = 30",
    "`try: int(…)` with `except ValueError`",
  ),
  edit("for i in range(3):\n    keepalive += i", "`for i in range(3): …`"),
  edit("for word in ['a', 'b']:\n    workername += word\nelse:\n    keepalive = 30", "`for … in [...]` with `else`"),
  edit(
    "if keepalive > 300 and not (port == 1 or port != 9989) and 1 < keepalive <= 600:\n    keepalive = 30",
    "comparisons, chained too",
  ),
  edit('"""A text that nobody uses."""\npass', "a text on a line of its own, `pass`"),
];

const processSettings: readonly TacForm[] = [
  edit("import logging\nlogging.basicConfig(level=logging.INFO)"),
  edit(
    "import logging\nlogging.basicConfig(format='%(message)s', level='DEBUG')\nlogging.getLogger('x').setLevel(logging.WARNING)",
  ),
  edit("os.nice(10)", undefined, { shows: { niceness: 10 } }),
  edit("os.nice(3)\nos.nice(4)", undefined, { shows: { niceness: 7 } }),
  edit("os.umask(0o27)", undefined, { shows: { umask: 0o27 } }),
  edit("old = os.umask(0o27)\nos.umask(old)", "`old = os.umask(0o27); os.umask(old)`", { shows: { umask: 0o22 } }),
  edit("sys.path.insert(0, '/opt/site')"),
  edit("sys.path.append(basedir)"),
];

const FILTERING = `from twisted.logger import FilteringLogObserver, ILogObserver, LogLevel, LogLevelFilterPredicate, textFileLogObserver`;

const observers: readonly TacForm[] = [
  observer("no observer (`--no-logrotate`)", ""),
  observer("`FileLogObserver(logfile).emit` with `LogFile.fromFullPath(…)`", LOG),
  observer(
    "`FileLogObserver(LogFile(name, directory)).emit`",
    `${LOG_IMPORTS}\napplication.setComponent(ILogObserver, FileLogObserver(LogFile('worker.log', basedir, 5000)).emit)`,
  ),
  observer(
    "`log.FileLogObserver(…)`, `logfile.LogFile(…)`",
    "from twisted.python import log, logfile\napplication.setComponent(log.ILogObserver, log.FileLogObserver(logfile.LogFile('worker.log', basedir)).emit)",
  ),
  observer(
    "`FileLogObserver(sys.stdout).emit`",
    `${LOG_IMPORTS}\napplication.setComponent(ILogObserver, FileLogObserver(sys.stdout).emit)`,
    { path: "standard output" },
  ),
  observer(
    "`FileLogObserver(sys.stderr).emit`",
    `${LOG_IMPORTS}\napplication.setComponent(ILogObserver, FileLogObserver(sys.stderr).emit)`,
    { path: "standard error" },
  ),
  observer(
    "`DailyLogFile.fromFullPath(…)`",
    `from twisted.python.log import FileLogObserver, ILogObserver\nfrom twisted.python.logfile import DailyLogFile
logfile = DailyLogFile.fromFullPath(os.path.join(basedir, 'twistd.log'))
application.setComponent(ILogObserver, FileLogObserver(logfile).emit)`,
  ),
  observer(
    "`DailyLogFile(name, directory)`",
    `from twisted.python.log import FileLogObserver, ILogObserver\nfrom twisted.python.logfile import DailyLogFile
application.setComponent(ILogObserver, FileLogObserver(DailyLogFile('worker.log', basedir)).emit)`,
  ),
  observer(
    "`textFileLogObserver(logfile)`",
    `${LOG_FILE}\nfrom twisted.logger import ILogObserver, textFileLogObserver\napplication.setComponent(ILogObserver, textFileLogObserver(logfile))`,
  ),
  observer(
    "`textFileLogObserver(sys.stdout)`",
    "from twisted.logger import ILogObserver, textFileLogObserver\napplication.setComponent(ILogObserver, textFileLogObserver(sys.stdout))",
  ),
  observer(
    "`FilteringLogObserver(textFileLogObserver(logfile), predicates=[LogLevelFilterPredicate(…)])`, as after 4.3.0",
    `${LOG_FILE}\n${FILTERING}
predicate = LogLevelFilterPredicate(defaultLogLevel=LogLevel.info)
application.setComponent(ILogObserver, FilteringLogObserver(textFileLogObserver(logfile), predicates=[predicate]))`,
  ),
  observer(
    "the same to `sys.stdout`",
    `${FILTERING}
application.setComponent(ILogObserver, FilteringLogObserver(textFileLogObserver(sys.stdout), [LogLevelFilterPredicate(LogLevel.info)]))`,
  ),
  observer(
    "an observer inside `try` and `except ImportError`",
    `try:\n    ${LOG.replaceAll("\n", "\n    ")}\nexcept ImportError:\n    pass`,
  ),
];

const applications: readonly TacForm[] = [
  { form: '`service.Application("buildbot-worker")`', tac: tac({ application: APPLICATION.replaceAll("'", '"') }) },
  {
    form: "`service.Application('buildslave')`",
    tac: tac({ application: "application = service.Application('buildslave')" }),
  },
  {
    form: "`service.Application('my worker', uid=None)`",
    tac: tac({ application: "application = service.Application('my worker', uid=None)" }),
  },
  {
    form: "`service.Application(name)`",
    tac: tac({ application: "name = 'buildbot-worker'\napplication = service.Application(name)" }),
  },
  {
    form: "`from twisted.application.service import Application`",
    tac: tac({
      application:
        "from twisted.application.service import Application\napplication = Application( 'buildbot-worker' )",
    }),
  },
  {
    form: "`app = application = …`",
    tac: tac({ application: "app = application = service.Application('buildbot-worker')" }),
  },
  attached("`Worker(…).setServiceParent(application)`", `${CALL}.setServiceParent(application)`),
  attached(
    "`setServiceParent(service.IServiceCollection(application))`",
    `s = ${CALL}\ns.setServiceParent(service.IServiceCollection(application))`,
  ),
  attached(
    "`service.IServiceCollection(application).addService(s)`",
    `s = ${CALL}\nservice.IServiceCollection(application).addService(s)`,
  ),
  attached(
    "`service.MultiService()` between them",
    `m = service.MultiService()\nm.setServiceParent(application)\ns = ${CALL}\ns.setServiceParent(m)`,
  ),
  {
    form: "`import buildbot_worker.bot`",
    tac: tac({
      imports: IMPORTS.replace("from buildbot_worker.bot import Worker", "import buildbot_worker.bot"),
      worker: WORKER.replace("Worker(", "buildbot_worker.bot.Worker("),
    }),
  },
  { form: "`from buildbot_worker.pb import Worker`", tac: tac({ imports: IMPORTS.replace(".bot ", ".pb ") }) },
];

const SEVERAL = "buildmaster_host, port";

const several: readonly TacForm[] = [
  attached(
    "two calls of `Worker(…)`",
    `one = Worker(${SEVERAL}, 'w1', passwd, os.path.join(basedir, 'one'), keepalive, umask=0o22)
one.setServiceParent(application)
two = Worker('other.example', 9990, 'w2', 'pw2', os.path.join(basedir, 'two'), 30, numcpus=3)
two.setServiceParent(application)`,
  ),
  attached(
    "a loop over a range, with numbers in the names",
    `for i in range(3):
    Worker(${SEVERAL}, 'w%d' % i, passwd, os.path.join(basedir, 'w%d' % i), keepalive).setServiceParent(application)`,
  ),
  attached(
    "one for each processor",
    `for i in range(1, os.cpu_count() + 1):
    s = Worker(${SEVERAL}, f'{workername}-{i}', passwd, basedir + '/' + str(i), keepalive, numcpus=1)
    s.setServiceParent(application)`,
  ),
  attached(
    "a loop over a list of pairs",
    `for name, secret in [('w1', 'pw1'), ('w2', 'pw2')]:
    s = Worker(${SEVERAL}, name, secret, basedir, keepalive)
    s.setServiceParent(application)`,
  ),
  attached(
    "a loop over `enumerate(…)`, or over a dictionary's `items()`",
    `for i, name in enumerate(['a', 'b']):
    Worker(${SEVERAL}, name + str(i), passwd, basedir, keepalive).setServiceParent(application)
for name, secret in {'c': 'pw3', 'd': 'pw4'}.items():
    Worker(${SEVERAL}, name, secret, basedir, keepalive).setServiceParent(application)`,
  ),
  attached(
    "a `Worker(…)` that is given no parent: it is not started",
    `${WORKER}\nspare = Worker(${SEVERAL}, 'spare', passwd, basedir, keepalive)`,
  ),
];

/** Worker arguments that need a protocol or a connection of their own. */
const connections: readonly TacForm[] = [
  attached(
    "`connection_string=`",
    "s = Worker(None, None, workername, passwd, basedir, keepalive, connection_string='SSL:master.example:9989')\ns.setServiceParent(application)",
  ),
  attached(
    "`useTls=`, `maxRetries=`, `delete_leftover_dirs=`, `protocol=`, `unicode_encoding=`",
    `s = ${CALL.slice(0, -1)}, useTls=1, maxRetries=5, delete_leftover_dirs=True, protocol='pb', unicode_encoding='latin-1')\ns.setServiceParent(application)`,
  ),
  attached(
    "`proxy_connection_string=`",
    `s = ${CALL.slice(0, -1)}, proxy_connection_string='tcp:proxy.example:3128')\ns.setServiceParent(application)`,
  ),
  attached(
    "`protocol='msgpack_experimental_v7'`, `path=`",
    `s = ${CALL.slice(0, -1)}, protocol='msgpack_experimental_v7', path='ws')\ns.setServiceParent(application)`,
  ),
  attached("`allow_shutdown = 'file'`", WORKER, "allow_shutdown = 'file'"),
];

/** The official container image's file as it grew, from its description. */
export interface ImageStage {
  readonly stage: string;
  readonly protocol: boolean;
  readonly basedirVariable: boolean;
  readonly deleteLeftoverDirs: boolean;
}

export const imageStages: readonly ImageStage[] = [
  { stage: "the image's file of 0.9.15", protocol: false, basedirVariable: false, deleteLeftoverDirs: false },
  {
    stage: "the image's file with `delete_leftover_dirs`",
    protocol: false,
    basedirVariable: false,
    deleteLeftoverDirs: true,
  },
  {
    stage: "the image's file with `BUILDBOT_BASEDIR`",
    protocol: false,
    basedirVariable: true,
    deleteLeftoverDirs: true,
  },
  {
    stage: "the image's file with `BUILDMASTER_PROTOCOL`",
    protocol: true,
    basedirVariable: true,
    deleteLeftoverDirs: true,
  },
];

export function imageTac({ protocol, basedirVariable, deleteLeftoverDirs }: ImageStage): string {
  const directory = "os.path.abspath(os.path.dirname(__file__))";
  const optional = (isThere: boolean, text: string) => (isThere ? text : "");
  return `import fnmatch
import os
import sys

from twisted.application import service
from twisted.python.log import FileLogObserver
from twisted.python.log import ILogObserver

from buildbot_worker.bot import Worker

# where the worker keeps its builds
basedir = ${basedirVariable ? `os.environ.get("BUILDBOT_BASEDIR", ${directory})` : directory}
application = service.Application('buildbot-worker')

application.setComponent(ILogObserver, FileLogObserver(sys.stdout).emit)

# what the container was started with
buildmaster_host = os.environ.get("BUILDMASTER", 'localhost')
port = int(os.environ.get("BUILDMASTER_PORT", 9989))
${optional(protocol, "protocol = os.environ.get(\"BUILDMASTER_PROTOCOL\", 'pb')\n")}workername = os.environ.get("WORKERNAME", 'docker')
passwd = os.environ.get("WORKERPASS")

# what no build may see
hidden = os.environ.get("WORKER_ENVIRONMENT_BLACKLIST", 'WORKERPASS').split()
for name in list(os.environ.keys()):
    for pattern in hidden:
        if fnmatch.fnmatch(name, pattern):
            del os.environ[name]

keepalive = 600
umask = None
maxdelay = 300
allow_shutdown = None
maxretries = 10
${optional(deleteLeftoverDirs, "delete_leftover_dirs = False\n")}
s = Worker(buildmaster_host, port, workername, passwd, basedir,
           keepalive, umask=umask, maxdelay=maxdelay,
           ${optional(protocol, "protocol=protocol, ")}allow_shutdown=allow_shutdown, maxRetries=maxretries${optional(deleteLeftoverDirs, ",\n           delete_leftover_dirs=delete_leftover_dirs")})
s.setServiceParent(application)
`;
}

const images: readonly TacForm[] = imageStages.flatMap((stage) => [
  { form: stage.stage, tac: imageTac(stage), shows: { log: { path: "standard output" }, absent: ["WORKERPASS"] } },
  {
    form: `${stage.stage}, with all its variables`,
    tac: imageTac(stage),
    environment: {
      BUILDMASTER: "master.example",
      BUILDMASTER_PORT: "4000",
      BUILDMASTER_PROTOCOL: "msgpack_experimental_v7",
      BUILDBOT_BASEDIR: "/var/lib/worker",
      WORKER_ENVIRONMENT_BLACKLIST: "WORKERPASS *_TOKEN  LEV[A-F]L\tNO_SUCH_*",
    },
    shows: { absent: ["WORKERPASS", "BUILD_TOKEN", "CI_TOKEN", "LEVEL"] },
  },
]);

export const formGroups: readonly FormGroup[] = [
  { title: "the container image's own file", forms: images },
  { title: "variables of the environment", forms: environmentEdits },
  { title: "facts about the host", forms: hostFacts },
  { title: "texts", forms: texts },
  { title: "passwords and settings in files", forms: secrets },
  { title: "assignments and arguments", forms: assignments },
  { title: "conditions, loops, failures", forms: flow },
  { title: "the process", forms: processSettings },
  { title: "the log", forms: observers },
  { title: "the application", forms: applications },
  { title: "the connection", forms: connections },
  { title: "several workers", forms: several },
];

const refuse = (form: string, lines: string, sentence: string, more: Partial<RefusedForm> = {}): RefusedForm => ({
  form,
  tac: tac({ lines }),
  sentence,
  ...more,
});

/** How the sentences go on of forms that only Python can read. */
export const CURE = "write plain values, or let 'buildhand tac import BASEDIR' compute them with Python";

/** What `buildhand tac import` is for. */
export const refusedForms: readonly RefusedForm[] = [
  refuse(
    "`def`",
    "def name(n):\n    return 'w%d' % n\nworkername = name(7)",
    `a 'def' statement cannot be read; ${CURE}`,
  ),
  refuse(
    "a comprehension",
    "workername = ','.join([n for n in ('a', 'b')])",
    `a comprehension ('… for … in …' inside brackets) cannot be read; ${CURE}`,
  ),
  refuse("`lambda`", "name = lambda n: 'w%d' % n\nworkername = name(7)", `a lambda cannot be read; ${CURE}`),
  refuse("`class`", "class Own(Worker):\n    pass", `a 'class' statement cannot be read; ${CURE}`),
  refuse(
    "`while`",
    "while keepalive > 100:\n    keepalive //= 2",
    "a 'while' statement cannot be read; repeat with 'for … in range(…)'",
  ),
  refuse(
    "more than 100 000 steps",
    "for i in range(5000):\n    for j in range(50):\n        keepalive = j",
    `the file takes more than 100000 steps; ${CURE}`,
  ),
  refuse(
    "a range above 10 000",
    "for i in range(20000):\n    keepalive = i",
    `a range has more than 10000 items; ${CURE}`,
  ),
  refuse(
    "`configparser`",
    "import configparser\nc = configparser.ConfigParser()\nc.read('worker.ini')\npasswd = c['worker']['passwd']",
    `configparser.ConfigParser cannot be computed without Python; ${CURE}`,
  ),
  refuse(
    "`exec(open('site.py').read())`",
    "exec(open('site.py').read())",
    `exec cannot be computed without Python; ${CURE}`,
  ),
  refuse(
    "a module of the site's own",
    "import site_settings\npasswd = site_settings.passwd",
    `the module site_settings is not part of Python; ${CURE}`,
  ),
  refuse(
    "`from` a module of the site's own",
    "from site_settings import passwd",
    `the module site_settings is not part of Python; ${CURE}`,
  ),
  refuse(
    "`try: import …` of a module that Python does not have, whatever `except` there is",
    "try:\n    import no_such_module\nexcept ImportError:\n    keepalive = 30",
    `the module no_such_module is not part of Python; ${CURE}`,
  ),
  refuse(
    "`resource.setrlimit(…)`",
    "import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))",
    "limits of the process cannot be set by this file; set them where the worker is started: ulimit in a script, LimitNOFILE= and similar in a systemd unit",
    { note: "RLIMIT_CORE is not kept: set limits where the worker is started" },
  ),
  refuse(
    "`subprocess`",
    "import subprocess\nworkername = subprocess.check_output(['echo', 'w7']).decode().strip()",
    `subprocess.check_output cannot be computed without Python; ${CURE}`,
  ),
  refuse(
    "`s.bot.max_line_length = …`",
    "",
    "only plain names can be assigned here, not a part of buildbot_worker.bot.Worker().bot; use 'line_limit = …' instead",
    {
      tac: tac({ worker: `${WORKER}\ns.bot.max_line_length = 10485760` }),
      note: "Worker().bot.max_line_length is not kept: only plain names can be given a value",
    },
  ),
];

/** What no worker can start from. */
export const alikeForms: readonly RefusedForm[] = [
  refuse("`umask = 022`", "umask = 022", "a number may not begin with 0; an octal number begins with 0o, as in 0o22", {
    alike: "leading zeros in decimal integer literals are not permitted",
  }),
  refuse(
    "a comma that is missing, as in the manual's example",
    "",
    "a comma, or ')', is missing at the end of this line",
    {
      tac: tac({
        worker:
          "s = Worker(None, None, workername, passwd, basedir, keepalive\n           connection_string='TCP:master.example:9989')\ns.setServiceParent(application)",
      }),
      alike: "invalid syntax",
    },
  ),
  refuse(
    "`connection_string=` beside host and port",
    "",
    "If you want to supply a connection string, then set host and port to None",
    {
      tac: tac({ worker: `s = ${CALL.slice(0, -1)}, connection_string='tcp:master.example:9989')` }),
      alike: "If you want to supply a connection string, then set host and port to None",
    },
  ),
  refuse("an unknown argument of `Worker(…)`", "", "Worker got an unexpected keyword argument 'retries'", {
    tac: tac({ worker: `s = ${CALL.slice(0, -1)}, retries=1)` }),
    alike: "unexpected keyword argument 'retries'",
  }),
  refuse("a name without a value", "passwd = hunter2", "a name is not defined; are the quotes of a string missing?", {
    alike: "name 'hunter2' is not defined",
  }),
  refuse(
    "a variable that is not set: `os.environ['NO_SUCH_NAME']`",
    "passwd = os.environ['NO_SUCH_NAME']",
    "the environment variable NO_SUCH_NAME is not set",
    { alike: "'NO_SUCH_NAME'" },
  ),
  refuse(
    "a file that is not there",
    "passwd = open('no-such-file').read()",
    "error reading 'no-such-file': No such file or directory",
    {
      alike: "No such file or directory: 'no-such-file'",
    },
  ),
  refuse("a protocol that is not there", "", "Unknown protocol null; expected pb or msgpack_experimental_v7", {
    tac: tac({ worker: `s = ${CALL.slice(0, -1)}, protocol='null')` }),
    alike: "Unknown protocol null",
  }),
];

/** What ends the start by itself. */
export const endingForms: readonly EndingForm[] = [
  {
    ...edit("if 'NO_SUCH_NAME' not in os.environ:\n    sys.exit('NO_SUCH_NAME is not set')", "`sys.exit('…')`"),
    exit: 1,
    says: "NO_SUCH_NAME is not set",
  },
  { ...edit("print('giving up')\nsys.exit(3)", "`sys.exit(3)`"), exit: 3, says: "giving up" },
  { ...edit("print('nothing to do')\nsys.exit()", "`sys.exit()`"), exit: 0, says: "nothing to do" },
  { ...edit("raise SystemExit('not on this host')", "`raise SystemExit('…')`"), exit: 1, says: "not on this host" },
  { ...edit("raise RuntimeError('not on this host')", "`raise RuntimeError('…')`"), exit: 1, says: "not on this host" },
  { ...edit("assert keepalive < 0, 'keepalive is wrong'", "`assert …, '…'`"), exit: 1, says: "keepalive is wrong" },
];
