// `buildhand service`, with a systemctl that writes down how it is called and answers what a test wants. What a real systemd makes
// of it is tested where one runs.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { firstLine } from "../../../src/cli/service/systemd.ts";
import { escapedPath, unitText } from "../../../src/cli/service/unit.ts";
import { makeBasedir } from "../../daemon/worker-program.ts";
import { commandLine, PROGRAM } from "../command-line.ts";

const NOBODY = 65_534;

let place: string;
let basedir: string;
/** Of what is run. */
let path: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "buildhand-service-"));
  basedir = newWorker("worker");
  writeFileSync(join(place, "secret"), "pass\n");
  mkdirSync(join(place, "bin"));
  path = `${join(place, "bin")}:${process.env["PATH"]}`;
  answer("exit 0");
});
afterEach(() => rmSync(place, { recursive: true }));

function newWorker(name: string, lines: readonly string[] = []): string {
  const path = join(place, name);
  makeBasedir(path, { port: 9989 });
  const tac = join(path, "buildbot.tac");
  writeFileSync(tac, `${readFileSync(tac, "utf8")}\n${lines.join("\n")}\n`);
  return path;
}

/** What systemctl does, as a script of sh. */
function answer(script: string): void {
  const file = join(place, "bin/systemctl");
  writeFileSync(file, `#!/bin/sh\necho "$*" >>'${place}/calls'\n${script}\n`);
  chmodSync(file, 0o755);
}

const environment = () => ({ PATH: path, XDG_CONFIG_HOME: join(place, "config") });

async function service(...words: string[]) {
  const result = await commandLine(["service", ...words], { cwd: place, environment: environment() });
  return { ...result, last: result.printed.trim().split("\n").at(-1) };
}

const calls = () =>
  existsSync(join(place, "calls")) ? readFileSync(join(place, "calls"), "utf8").trim().split("\n") : [];
const unitFolder = () => join(place, "config/systemd/user");
const units = () => (existsSync(unitFolder()) ? readdirSync(unitFolder()) : []);
const printed = async (...words: string[]) => (await service("print", ...words)).printed.split("\n");

describe("print", () => {
  it("shows the unit of a base directory, and touches nothing", async () => {
    const { code, printed, errors } = await service("print", basedir);
    expect([code, errors]).toEqual([0, ""]);
    const user = userInfo().username;
    expect(printed).toContain(
      `\nUser=${user}\nExecStart=${process.execPath} ${PROGRAM} start --nodaemon --on-sigterm=drain`,
    );
    expect(printed).toContain(` --drain-limit=3600${user === "root" ? " --cgroups=on" : ""} ${basedir}\n`);
    expect([calls(), units()]).toEqual([[], []]);
  });

  it("follows what the buildbot.tac says of draining", async () => {
    const patient = newWorker("patient", ["drain_limit = 7200"]);
    expect(await printed(patient)).toContain("TimeoutStopSec=7260");
    const hasty = newWorker("hasty", ["on_sigterm = 'now'"]);
    const lines = await printed(hasty);
    expect(lines.find((line) => line.startsWith("ExecStart="))).toContain("--on-sigterm=now");
    expect(lines.join("\n")).not.toContain("TimeoutStopSec");
  });

  it("hands the worker its options of start, limits and credentials", async () => {
    const lines = await printed(
      "--line-limit=5000",
      "--once",
      "--drain-limit",
      "0",
      "--memory-max=8G",
      "--tasks-max=500",
      "--cpu-quota=200%",
      "--watchdog=30",
      "--password-file=secret",
      basedir,
    );
    expect(lines.find((line) => line.startsWith("ExecStart="))).toMatch(/ --line-limit=5000 .*--once /);
    expect(lines).toEqual(
      expect.arrayContaining([
        "TimeoutStopSec=infinity",
        "MemoryMax=8G",
        "TasksMax=500",
        "CPUQuota=200%",
        "WatchdogSec=30",
        `LoadCredential=workerpass:${place}/secret`,
        "Environment=WORKERPASS_FILE=%d/workerpass",
      ]),
    );
  });

  it("reads a buildbot.tac that takes its password from the credential", async () => {
    const path = newWorker("credential", [
      "passwd = open(os.environ['WORKERPASS_FILE']).read().strip()",
      "drain_limit = 1",
    ]);
    expect(await service("print", "--password-file=secret", path)).toMatchObject({ code: 0, errors: "" });
    const without = await service("print", path);
    expect(without.code).toBe(0);
    expect(without.errors).toMatch(/^warning: on_sigterm and drain_limit of .* are unknown and ignored: /);
  });

  it.each([
    [["--memory-max=lots"], "--memory-max must be 8G, 50% or infinity, got 'lots'"],
    [["--tasks-max=-1"], "--tasks-max must be a number, 50% or infinity, got '-1'"],
    [["--cpu-quota=2"], "--cpu-quota must be a percentage such as 200%, got '2'"],
    [["--watchdog=0"], "--watchdog must be a whole number of seconds, got '0'"],
    [["--password-file=none"], "--password-file must be the path of a file, got 'none'"],
    [["--name=a/b"], "--name must be letters, digits and :_.- only, got 'a/b'"],
    [["--user", "--account=root"], "--account needs a service of the system, without --user"],
    [["--user", "--harden"], "--harden needs a service of the system, without --user"],
    [["--cgroups=maybe"], "--cgroups must be auto or on or off"],
    [
      ["--tls-ca-file=a\nb"],
      '"--tls-ca-file=a\\nb" cannot stand in a unit of systemd: expected UTF-8 without control characters',
    ],
  ])("refuses %j with one sentence", async (words, sentence) => {
    expect(await service("print", ...words, basedir)).toMatchObject({ code: 1, last: `buildhand:  ${sentence}` });
  });

  it("refuses a directory that is no worker's", async () => {
    const { code, printed } = await service("print", place);
    expect([code, printed]).toEqual([1, `error reading '${place}/buildbot.tac': No such file or directory\n`]);
  });

  it("refuses an account that the host does not have", async () => {
    expect(await service("print", "--account=nobody-of-that-name", basedir)).toMatchObject({
      code: 1,
      last: "this host has no user nobody-of-that-name: expected --account=NAME, or a BASEDIR that belongs to a user",
    });
  });
});

const TEMPLATE = "packaging/debian/buildhand@.service";
const ANALYZE = "systemd-analyze";
const lack = spawnSync(ANALYZE, ["--version"]).error === undefined ? "" : ` (left out: ${ANALYZE} is not installed)`;

describe.skipIf(lack !== "")(`${ANALYZE}${lack}`, () => {
  const verify = (name: string, text: string) => {
    const path = join(place, name);
    writeFileSync(path, text);
    const { status, stdout, stderr } = spawnSync(ANALYZE, ["verify", path], { encoding: "utf8" });
    return [status, stdout, stderr];
  };

  it("has nothing to say about a unit with everything, of a directory with an unusual name", async () => {
    const unusual = newWorker(`a b%c$d"e'f\\g;ü`);
    const words = ["--memory-max=50%", "--tasks-max=infinity", "--cpu-quota=50%", "--watchdog=10"];
    const { printed } = await service("print", "--account=root", ...words, "--password-file=secret", unusual);
    expect(verify("buildhand-x.service", printed)).toEqual([0, "", ""]);
  });

  it("has nothing to say about the template but that no package is installed here", () => {
    const template = readFileSync(TEMPLATE, "utf8");
    expect(verify("buildhand@.service", template.replace("/usr/bin/buildhand", process.execPath))).toEqual([0, "", ""]);
  });

  it("has nothing to say about the hardened form", async () => {
    const { printed } = await service("print", "--account=root", basedir);
    const hardened = [
      "NoNewPrivileges=yes",
      "ProtectSystem=full",
      "PrivateDevices=yes",
      "PrivateTmp=yes",
      "ProtectHome=yes",
    ];
    expect(verify("buildhand-h.service", printed.replace("RestartSec=10", hardened.join("\n")))).toEqual([0, "", ""]);
  });

  it.each(["/srv/worker", "/srv//a-b/", "/.w/.b", "/a b%", "/ü", "/"])("names a unit of %s as ours is", (path) => {
    const { stdout } = spawnSync("systemd-escape", ["--path", path], { encoding: "utf8" });
    expect(stdout.trim()).toBe(escapedPath(path));
  });
});

describe("install", () => {
  it("writes the unit that print shows, and has systemd start it now and after each boot", async () => {
    const { code, printed } = await service("install", "--user", "--name=w", basedir);
    expect([code, printed.split("\n")[0]]).toEqual([
      0,
      `buildhand-w.service runs the worker of ${basedir}, now and after each boot`,
    ]);
    expect(units()).toEqual(["buildhand-w.service"]);
    const path = join(unitFolder(), "buildhand-w.service");
    expect(readFileSync(path, "utf8")).toBe((await service("print", "--user", basedir)).printed);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(calls().slice(1)).toEqual([
      "--user --no-pager daemon-reload",
      "--user --no-pager --quiet enable buildhand-w.service",
      "--user --no-pager start buildhand-w.service",
    ]);
  });

  it("is replaced by installing it again, under the same name only", async () => {
    await service("install", "--user", "--name=w", basedir);
    const again = await service("install", "--user", "--name=w", "--memory-max=1G", basedir);
    expect(again).toMatchObject({ code: 0, last: expect.stringContaining("") });
    expect(again.printed).toContain("restart it to apply the new unit: `systemctl --user restart buildhand-w.service`");
    expect(readFileSync(join(unitFolder(), "buildhand-w.service"), "utf8")).toContain("MemoryMax=1G");
    expect(await service("install", "--user", basedir)).toMatchObject({
      code: 1,
      last: `${basedir} already has the service buildhand-w.service; uninstall that first to rename it`,
    });
    expect(await service("install", "--user", "--name=w", newWorker("other"))).toMatchObject({
      code: 1,
      last: `${unitFolder()}/buildhand-w.service belongs to another base directory, or was not written by buildhand: choose another --name`,
    });
  });

  it("says why systemd refuses", async () => {
    // Asked to be quiet, the real one does not tell.
    answer('case "$*" in *--quiet*) ;; *start*) echo "Job for x failed." >&2; exit 1;; esac');
    const { code, last } = await service("install", "--user", "--name=w", basedir);
    expect(code).toBe(1);
    expect(last).toBe(
      `${unitFolder()}/buildhand-w.service is written, but the service does not start: Job for x failed.`,
    );
  });

  it("changes nothing where systemd does not answer, or is not installed", async () => {
    answer('echo "System has not been booted with systemd" >&2; exit 1');
    expect(await service("install", "--user", basedir)).toMatchObject({
      code: 1,
      last: "systemd does not answer: System has not been booted with systemd",
    });
    expect(units()).toEqual([]);
    const [getent = ""] = spawnSync("which", ["getent"], { encoding: "utf8" }).stdout.split("\n");
    rmSync(join(place, "bin/systemctl"));
    symlinkSync(getent, join(place, "bin/getent"));
    path = join(place, "bin");
    expect(await service("install", "--user", basedir)).toMatchObject({
      code: 1,
      last: "systemd does not answer: systemctl: No such file or directory",
    });
  });

  it("changes nothing while a worker of the directory runs in the background", async () => {
    expect((await commandLine(["start", "--quiet", basedir])).code).toBe(0);
    const pid = readFileSync(join(basedir, "twistd.pid"), "utf8");
    try {
      expect(await service("install", "--user", basedir)).toMatchObject({
        code: 1,
        last: `a worker already runs in ${basedir}, process ${pid}: stop it first`,
      });
      expect(units()).toEqual([]);
    } finally {
      await commandLine(["stop", basedir]);
    }
  });
});

describe("uninstall", () => {
  it("stops the service before it removes the unit, also when the base directory is gone", async () => {
    await service("install", "--user", basedir);
    const [unit = ""] = units();
    rmSync(basedir, { recursive: true });
    rmSync(join(place, "calls"));
    answer(`case "$*" in
      *stop*) test -e '${join(unitFolder(), unit)}' || exit 1;;
      *ActiveState*) echo ActiveState=failed;;
    esac`);
    expect(await service("uninstall", "--user", basedir)).toMatchObject({
      code: 0,
      last: `${unit} is removed; ${basedir} was not changed`,
    });
    expect(units()).toEqual([]);
    expect(calls().slice(1)).toEqual(
      [
        `stop ${unit}`,
        `--quiet disable ${unit}`,
        `show --property=ActiveState ${unit}`,
        `reset-failed ${unit}`,
        `revert ${unit}`,
        "daemon-reload",
      ].map((words) => `--user --no-pager ${words}`),
    );
  });

  it("leaves the unit where systemd cannot stop the service", async () => {
    await service("install", "--user", "--name=w", basedir);
    answer('case "$*" in *--quiet*) ;; *stop*) echo "Access denied" >&2; exit 1;; esac');
    expect(await service("uninstall", "--user", basedir)).toMatchObject({
      code: 1,
      last: `${unitFolder()}/buildhand-w.service was not removed: Access denied`,
    });
    expect(units()).toEqual(["buildhand-w.service"]);
  });
});

describe("status", () => {
  const shows = (lines: readonly string[]) =>
    answer(`case "$*" in *ActiveState*) printf '%s\\n' '${lines.join("' '")}';; esac`);

  it("says how a service fares that runs", async () => {
    await service("install", "--user", "--name=w", basedir);
    shows([
      "ActiveState=active",
      "SubState=running",
      "StateChangeTimestamp=Mon 2026-11-30 03:00:00 UTC",
      "UnitFileState=enabled",
      "MainPID=4711",
      "StatusText=attached",
      "Result=success",
      "NRestarts=0",
    ]);
    const { code, printed } = await service("status", "--user", basedir);
    expect([code, printed]).toEqual([
      0,
      "buildhand-w.service is active (running) since Mon 2026-11-30 03:00:00 UTC, process 4711, enabled: attached\n",
    ]);
  });

  it("says why one does not, with exit code 3", async () => {
    await service("install", "--user", "--name=w", basedir);
    shows([
      "ActiveState=failed",
      "SubState=failed",
      "StateChangeTimestamp=",
      "UnitFileState=enabled",
      "MainPID=0",
      "StatusText=",
      "Result=exit-code",
      "ExecMainStatus=75",
      "NRestarts=3",
    ]);
    const { code, printed } = await service("status", "--user", basedir);
    expect([code, printed]).toEqual([
      3,
      "buildhand-w.service is failed (failed), enabled\nrestarts: 3\nlast result: exit-code, exit status 75\n",
    ]);
  });

  it.runIf(process.getuid?.() === 0)("a unit that it may not read is of another base directory", () => {
    mkdirSync(unitFolder(), { recursive: true });
    writeFileSync(join(unitFolder(), "buildhand-x.service"), "", { mode: 0 });
    chmodSync(place, 0o755);
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, "service", "status", "--user", basedir], {
      encoding: "utf8",
      cwd: place,
      uid: NOBODY,
      gid: NOBODY,
      env: { ...process.env, ...environment() },
    });
    expect([status, stderr]).toEqual([4, ""]);
  });

  it.each(["status", "uninstall"])("there is no service: %s ends with 4", async (word) => {
    expect(await service(word, "--user", basedir)).toMatchObject({
      code: 4,
      printed: `${basedir} has no service in ${unitFolder()}\n`,
    });
  });
});

test("docs/reference/services.md shows the unit of a worker of Debian's user", () => {
  const shown = /```ini\n(# Made by [\s\S]*?)```/.exec(readFileSync("docs/reference/services.md", "utf8"))?.[1];
  const directory = "/var/lib/buildbot/worker";
  expect(shown).toBe(
    unitText({
      madeBy: firstLine(directory),
      description: `Buildbot worker of ${directory} (Buildhand)`,
      conditions: [`RequiresMountsFor="${directory}"`],
      program: ["/usr/bin/node", "/usr/bin/buildhand"],
      startOptions: ["--on-sigterm=drain", "--drain-limit=3600"],
      directory,
      account: "buildbot",
      drainLimitSeconds: 3600,
      extras: [],
    }),
  );
});

test("the unit of packages is that of a worker of Buildbot's own template, at its places", () => {
  const directory = "/var/lib/buildbot/workers/%i";
  expect(readFileSync(TEMPLATE, "utf8")).toBe(
    unitText({
      madeBy: "Buildbot workers run by Buildhand, at the places of buildbot-worker@.service.",
      description: "Buildbot worker %I (Buildhand)",
      conditions: [
        "# One worker to a base directory.",
        "Conflicts=buildbot-worker@%i.service",
        "After=buildbot-worker@%i.service",
        `ConditionFileNotEmpty=${directory}/buildbot.tac`,
      ],
      program: ["/usr/bin/buildhand"],
      startOptions: ["--on-sigterm=drain", "--drain-limit=3600"],
      directory,
      account: "buildbot",
      drainLimitSeconds: 3600,
      extras: ["PrivateTmp=yes"],
    }),
  );
});
