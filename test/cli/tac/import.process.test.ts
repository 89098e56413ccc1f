// buildhand tac import: runs a buildbot.tac once in Python, and writes its settings as plain values.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { readTac } from "../../../src/config/tac.ts";
import { type Installation, install, PASSWORD } from "../../daemon/worker-program.ts";
import { isAlive } from "../../process/run-program.ts";
import { poll } from "../../support/poll.ts";
import { rareTest, rowsOf } from "../../support/sized.ts";
import { commandLine } from "../command-line.ts";
import { hasPython } from "../tac-variables.ts";

const isRoot = process.geteuid?.() === 0;

let installation: Installation;

beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());

const HEAD = `import os
import sys
from buildbot_worker.bot import Worker
from twisted.application import service
from twisted.python.log import FileLogObserver, ILogObserver
from twisted.python.logfile import DailyLogFile, LogFile
basedir = os.path.abspath(os.path.dirname(__file__))
application = service.Application('buildbot-worker')
`;
const WORKER = `s = Worker('127.0.0.1', 9989, 'w1', '${PASSWORD}', basedir, 600)
s.setServiceParent(application)
`;

function basedir(text: string, files: Readonly<Record<string, string>> = {}): string {
  const path = installation.newPath();
  mkdirSync(path);
  writeFileSync(join(path, "buildbot.tac"), text);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

async function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { code, printed, errors } = await commandLine(words, { environment });
  expect(printed + errors).not.toContain(PASSWORD);
  return { code, lines: printed.split("\n").slice(0, -1), errors };
}

async function imported(path: string, environment: Readonly<Record<string, string>> = {}) {
  const temporary = installation.newPath();
  mkdirSync(temporary);
  const words = ["tac", "import", ...(isRoot ? ["--yes"] : []), path];
  const { code, lines, errors } = await run(words, { TMPDIR: temporary, ...environment });
  expect(readdirSync(temporary)).toEqual([]);
  expect(existsSync(join(path, "__pycache__"))).toBe(false);
  const file = join(path, "buildbot.tac.new");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return { code, lines, errors, file, text, said: [...lines, errors].join("\n") };
}

/** The settings that start reads from the new file. */
const read = (path: string, text: string, environment = {}) =>
  readTac(text, { path, directory: join(path, ".."), environment });

describe.skipIf(!hasPython)("a buildbot.tac", () => {
  it("with functions, a module of the site's own, an ini file and several workers becomes plain values", async () => {
    const path = basedir(
      `${HEAD}import configparser
import site_settings
def password():
    ini = configparser.ConfigParser()
    ini.read('secret.ini')
    return ini['worker']['password']
print('the password is', password())
workers = [Worker('127.0.0.1', 9989, name, password(), os.path.join(basedir, name), keepalive=site_settings.KEEPALIVE, usepty=0)
           for name in site_settings.NAMES]
for one in workers:
    one.setServiceParent(application)
exec(open('site.py').read())
`,
      {
        "secret.ini": `[worker]\npassword = ${PASSWORD}\n`,
        "site_settings.py": "KEEPALIVE = 5 * 60\nNAMES = ['w' + str(number) for number in (1, 2)]\n",
        "site.py": "os.environ['SITE'] = 'it\\'s'\nos.environ.pop('GONE')\nos.umask(0o27)\nline_limit = 2000\n",
      },
    );
    const { code, errors, file, text, said } = await imported(path, { GONE: "1" });
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(said).not.toContain(PASSWORD);
    expect(said).toMatch(/^running \S+\/buildbot\.tac once in python3 as user \S+\n/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { workers, effects, own } = read(file, text, { GONE: "1" });
    const expected = (name: string) => ({
      workerName: name,
      password: PASSWORD,
      basedir: join(path, name),
      keepaliveSeconds: 300,
    });
    expect(workers).toMatchObject([expected("w1"), expected("w2")]);
    expect(Object.fromEntries(effects.environment)).toEqual({ GONE: undefined, SITE: "it's" });
    expect([effects.umask, own.textOf("line_limit")]).toEqual([0o27, "2000"]);
  });

  const logs: readonly [string, Readonly<Record<string, unknown>> & { readonly logPath: string | null }][] = [
    [
      "LogFile.fromFullPath(os.path.join(basedir, 'w.log'), rotateLength=9)",
      { logPath: "w.log", rotateLengthBytes: 9 },
    ],
    ["LogFile('w.log', basedir, maxRotatedFiles=3)", { logPath: "w.log", maxRotatedFiles: 3 }],
    ["DailyLogFile('w.log', basedir)", { logPath: "w.log" }],
    ["sys.stdout", { logPath: null }],
  ];
  const typicalLogs = rowsOf(logs, (_, at) => at % 3 === 0);
  test.each(typicalLogs)("keeps its log, also behind an observer of its own: %s", async (log, expected) => {
    const path = basedir(`${HEAD}class Observer(FileLogObserver):
    pass
application.setComponent(ILogObserver, Observer(${log}).emit)
${WORKER}`);
    const { code, file, text } = await imported(path);
    expect(code).toBe(0);
    const { logPath } = expected;
    expect(read(file, text).log).toMatchObject({
      hasObserver: true,
      ...expected,
      logPath: logPath && join(path, logPath),
    });
  });

  it("prints a note if it cannot determine the log", async () => {
    const path = basedir(`${HEAD}application.setComponent(ILogObserver, lambda event: None)\n${WORKER}`);
    const { code, said, file, text } = await imported(path);
    expect({ code, hasObserver: read(file, text).log.hasObserver }).toEqual({ code: 0, hasObserver: false });
    expect(said).toContain("note: its log observer is not kept: the log goes to twistd.log");
  });

  it("hides the variable with its password from builds", async () => {
    const path = basedir(`${HEAD}${WORKER.replace(`'${PASSWORD}'`, "''.join(os.environ['BOT_SECRET'])")}`);
    const { file, text } = await imported(path, { BOT_SECRET: PASSWORD, OTHER: PASSWORD });
    const { workers, effects } = read(file, text, { BOT_SECRET: PASSWORD });
    expect(workers[0].password).toBe(PASSWORD);
    expect([...effects.environment]).toEqual([["BOT_SECRET", undefined]]);
  });

  it("replaces an older buildbot.tac.new, and a link of that name but not its target", async () => {
    const path = basedir(HEAD + WORKER, { precious: "untouched" });
    symlinkSync("precious", join(path, "buildbot.tac.new"));
    expect((await imported(path)).code).toBe(0);
    expect(readFileSync(join(path, "precious"), "utf8")).toBe("untouched");
  });

  const faults: readonly [string, string, string][] = [
    ["fails", "x = undefined_name\n", "line 9: NameError: name 'undefined_name' is not defined"],
    ["ends", "def f():\n    sys.exit('no BUILDMASTER')\nf()\n", "line 10: SystemExit: no BUILDMASTER"],
    ["is no Python", "x = = 1\n", "line 9: SyntaxError: "],
    ["reads standard input", "input()\n", "line 9: EOFError: "],
    ["exits without a result", "os._exit(3)\n", "python3 exited without a result"],
    ["gives no value", "Worker(object(), 1, 'n', 'p', basedir, 0)\n", "expected a text, a number or None"],
  ];
  const typicalFaults = rowsOf(faults, (_, at) => at === 0 || at >= 4);
  test.each(typicalFaults)(
    "that %s is refused with one sentence, and nothing is written",
    async (_, line, sentence) => {
      const { code, lines, text } = await imported(basedir(HEAD + line));
      expect({ code, text, said: lines.length }).toEqual({ code: 1, text: "", said: 2 });
      expect(lines[1]).toContain("buildbot.tac cannot be imported: ");
      expect(lines[1]).toContain(sentence);
    },
  );

  const leaks: readonly [string, string, string][] = [
    [
      "takes a password for a number",
      "port = int(open('secret').read())\n",
      "ValueError: invalid literal for int() with base 10",
    ],
    [
      "says its password",
      "def f(password):\n    raise KeyError('no ' + password)\nf(open('secret').read())\n",
      "KeyError: 'no ***'",
    ],
    ["says a secret of the environment", "raise OSError(os.environ['BOT_SECRET'] + ' again')\n", "OSError: *** again"],
    [
      "has it in a broken file",
      "import configparser\nconfigparser.ConfigParser().read('secret')\n",
      "MissingSectionHeaderError: File contains no section headers.",
    ],
  ];
  const typicalLeaks = rowsOf(leaks, (_, at) => at % 2 === 1);
  test.each(typicalLeaks)("that %s is refused without it", async (_, line, sentence) => {
    const path = basedir(HEAD + line, { secret: PASSWORD });
    const { code, lines, said } = await imported(path, { BOT_SECRET: PASSWORD });
    expect({ code, said: lines.length }).toEqual({ code: 1, said: 2 });
    expect(lines[1]).toContain(`: ${sentence}`);
    expect(said).not.toContain(PASSWORD);
  });

  it("that creates no worker, or an invalid one, is refused as by start", async () => {
    const none = await imported(basedir(HEAD));
    expect([none.code, none.lines[1], none.text]).toEqual([1, expect.stringContaining("creates no Worker(...)"), ""]);
    const bad = await imported(basedir(HEAD + WORKER.replace("9989", "99890")));
    expect([bad.code, bad.lines[1], bad.text]).toEqual([1, expect.stringContaining("port must be"), ""]);
  });

  rareTest("that never exits is killed after ten seconds, with its processes", 60_000, async () => {
    const pidFile = installation.newPath();
    const path = basedir(`${HEAD}import subprocess, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(['sleep', '1000'])
open('${pidFile}', 'w').write(str(child.pid))
while True:
    time.sleep(1)
`);
    const { code, said } = await imported(path);
    expect(code).toBe(1);
    expect(said).toContain("did not exit within 10 seconds and was killed");
    await poll("the end of its child", () => !isAlive(Number(readFileSync(pidFile, "utf8"))));
  });

  it("leaves nothing running", async () => {
    const pidFile = installation.newPath();
    const path = basedir(`${HEAD}import subprocess
open('${pidFile}', 'w').write(str(subprocess.Popen(['sleep', '1000']).pid))
if os.fork() == 0:
    while True:
        pass
${WORKER}`);
    expect((await imported(path)).code).toBe(0);
    await poll("the end of its child", () => !isAlive(Number(readFileSync(pidFile, "utf8"))));
  });

  test.skipIf(!isRoot)("is not executed as root without --yes", async () => {
    const path = basedir(`open('ran', 'w')\n${HEAD}${WORKER}`);
    const { code, lines } = await run(["tac", "import", path]);
    expect(code).toBe(1);
    expect(lines.at(-1)).toContain("it would run as root: run this command as the worker's user, or pass --yes");
    expect(readdirSync(path)).toEqual(["buildbot.tac"]);
  });

  it("is never run by start, restart or check", async () => {
    const path = basedir(`${HEAD}def f():\n    open('ran', 'w')\nf()\n${WORKER}`);
    const advice = "'buildhand tac import BASEDIR'";
    for (const words of [["start"], ["restart"], ["tac", "check"]]) {
      const { code, lines } = await run([...words, path]);
      expect([code, lines.at(-1)]).toEqual([1, expect.stringContaining(advice)]);
    }
    const inForeground = installation.start(["start", "--nodaemon", path]);
    expect((await inForeground.ended).code).toBe(1);
    expect(inForeground.printed).toContain(advice);
    expect(readdirSync(path)).toEqual(["buildbot.tac"]);
  });
});

test("without python3 nothing is run", async () => {
  const path = basedir(HEAD + WORKER);
  const { code, lines, text } = await imported(path, { PATH: "/nowhere" });
  expect({ code, text }).toEqual({ code: 1, text: "" });
  expect(lines[1]).toContain("python3 cannot be started: No such file or directory");
});
