// What `buildhand service install` of the Debian package makes of a base directory with an unusual name: a service with limits, a
// watchdog and a password that is a credential, which attaches to a real master, tells how it is, survives a crash, a hang, an
// outage and an upgrade, and goes without a trace.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { printed } from "../masters/support/build-outcome.ts";
import { shell } from "../masters/support/description.ts";
import { freePorts } from "../masters/support/free-ports.ts";
import { startMaster, type TestMaster } from "../masters/support/test-master.ts";
import { bootMachine, type DebianMachine } from "../support/debian-machine.ts";
import { DEBIAN_PACKAGE } from "./artifacts.ts";
import {
  GATED,
  gatedSteps,
  LIST_FILES,
  type MachineService,
  machineService,
  SHOW_GROUP,
  UNDISTURBED,
} from "./machine-service.ts";
import { describeOnMachine } from "./on-debian.ts";

const NAME = "second";
const ACCOUNT = "builder";
const BASEDIR = "/srv/build hosts/second";
const UNIT = String.raw`buildhand-srv-build\x20hosts-second.service`;
const PASSWORD = "pass-77e1";
const PASSWORD_FILE = "/etc/second.password";
const SHIMS = "/usr/lib/buildhand/shims";
/** More than a loaded machine keeps a worker waiting. */
const WATCHDOG_SECONDS = 20;

const NOT_ATTACHED = 2;
const NO_SUCH_SERVICE = 4;

describeOnMachine("a service of the `service` command", () => {
  let master: TestMaster;
  let machine: DebianMachine;
  let service: MachineService;
  let listening: number;
  let before: string;

  beforeAll(async () => {
    master = await startMaster({
      workers: [{ name: NAME, password: PASSWORD }],
      builders: [
        { name: "quick", workers: [NAME], steps: [shell("facts", `id -un; pwd; ${SHOW_GROUP}; env`)] },
        { name: GATED, workers: [NAME], steps: gatedSteps },
      ],
    });
    [listening = 0] = await freePorts(1);
    machine = await bootMachine({ root: inject("nodeRoot"), binds: { "/release": inject("madeRelease") } });
    service = machineService(machine, master, { unit: UNIT, basedir: BASEDIR, workerName: NAME });
    // What is there before the service is none of its traces.
    await machine.must(`dpkg -i /release/${DEBIAN_PACKAGE}
      useradd --system --user-group --no-create-home ${ACCOUNT}
      install -d -o ${ACCOUNT} -g ${ACCOUNT} '${BASEDIR}'
      (umask 077; echo ${PASSWORD} >${PASSWORD_FILE})`);
    before = await machine.must(LIST_FILES);
  });
  afterAll(async () => {
    await machine?.end();
    await master?.end();
  });

  const asAccount = (words: string) =>
    `setpriv --reuid=${ACCOUNT} --regid=${ACCOUNT} --clear-groups sh -ec 'cd "${BASEDIR}"; export PATH=${SHIMS}:$PATH; ${words}'`;
  const buildhand = (words: string) => machine.run(`buildhand ${words} '${BASEDIR}' 2>&1`);
  const readiness = async () => (await fetch(`http://127.0.0.1:${listening}/readyz`)).status;

  async function buildFacts(): Promise<string> {
    const outcome = await (await master.startBuild("quick")).finished();
    expect(outcome.result).toBe("success");
    return printed(outcome, "facts");
  }

  test("is installed by one command, and its unit is without fault", async () => {
    await machine.must(`${asAccount(`buildbot-worker create-worker . 127.0.0.1:${master.ports.pb} ${NAME} none`)}
      sed -i "s|^passwd = .*|passwd = open(os.environ['WORKERPASS_FILE']).read().strip()|" '${BASEDIR}/buildbot.tac'`);
    const limits = "--memory-max=2G --tasks-max=500 --cpu-quota=150%";
    const { code, output } = await buildhand(
      `service install --password-file=${PASSWORD_FILE} ${limits} --watchdog=${WATCHDOG_SECONDS} --status-listen=${listening}`,
    );
    expect([code, output]).toEqual([0, `${UNIT} runs the worker of ${BASEDIR}, now and after each boot\n`]);
    expect(await machine.must(`systemd-analyze verify '${UNIT}' 2>&1`)).toBe("");
    expect(await service.property("UnitFileState")).toBe("enabled");
  });

  test("builds as the owner of the base directory, who learns nothing of the service", async () => {
    await service.attached();
    const facts = await buildFacts();
    expect(facts).toContain(`${ACCOUNT}\n${BASEDIR}/quick/build\n`);
    // In a control group of its own, below that of the service.
    expect(facts).toContain(`/${UNIT}/buildhand-`);
    expect(facts).toMatch(/^PATH=/m);
    expect(facts).not.toMatch(/^(?:NOTIFY_SOCKET|WATCHDOG_|CREDENTIALS_DIRECTORY|WORKERPASS)/m);
    const everywhere = `journalctl --no-pager; cat '${BASEDIR}'/*.log* /etc/systemd/system/*.service; cat /proc/[0-9]*/cmdline`;
    expect(facts + (await machine.run(everywhere)).output).not.toContain(PASSWORD);
  });

  test("tells everybody who asks that it is attached", async () => {
    const attached = `attached to 127.0.0.1:${master.ports.pb}`;
    const told = (text: string) => ({ code: 0, output: expect.stringContaining(text) });
    expect(await buildhand("status")).toEqual(told(attached));
    await service.until("systemd to be told", async () => (await service.property("StatusText")) === attached);
    expect(await buildhand("service status")).toEqual(told(`${UNIT} is active (running)`));
    expect(await machine.run(`systemctl status --no-pager '${UNIT}'`)).toEqual(told(`Status: "${attached}"`));
    expect(await readiness()).toBe(200);
  });

  describe("limits", () => {
    test("are systemd's", async () => {
      const names = "MemoryMax TasksMax CPUQuotaPerSecUSec WatchdogUSec OOMPolicy Delegate".split(" ");
      const values = await Promise.all(names.map((name) => service.property(name)));
      expect(values).toEqual([String(2 * 1024 ** 3), "500", "1.500000s", `${WATCHDOG_SECONDS}s`, "continue", "yes"]);
    });

    test("hold, as far as the kernel lets this machine have them, and doctor shows them", async ({ skip }) => {
      const shown = {
        memory: "2048 MiB of memory",
        pids: "500 processes and threads",
        cpu: "the time of 1.5 processors",
      };
      const there = (await machine.must("cat /sys/fs/cgroup/cgroup.controllers")).trim().split(/\s+/);
      const missing = Object.keys(shown).filter((controller) => !there.includes(controller));
      const { output } = await buildhand("doctor");
      for (const [controller, text] of Object.entries(shown)) {
        if (!missing.includes(controller)) expect(output).toContain(text);
      }
      skip(missing.length > 0, `not run for ${missing.join(", ")}: the control groups of this machine are without`);
    });
  });

  test("is started again after a crash, and when its event loop hangs", async () => {
    for (const signal of ["KILL", "STOP"]) {
      const worker = await service.property("MainPID");
      await machine.must(`systemctl kill --kill-whom=main --signal=${signal} '${UNIT}'`);
      await service.startedAgain(worker);
      await service.attached();
    }
    expect(await service.property("NRestarts")).toBe("2");
    await buildFacts();
  });

  test("is up without a master, says so, and attaches when the master comes", async () => {
    await master.kill();
    // It would fail if the service were not up.
    await machine.must(`systemctl restart '${UNIT}'`);
    const [worker, restarts] = [await service.property("MainPID"), await service.property("NRestarts")];
    await service.until("the failure to be told", async () =>
      /^not attached to .*refused/i.test(await service.property("StatusText")),
    );
    expect(await service.property("ActiveState")).toBe("active");
    const told = expect.stringMatching(/not attached to .*refused/i);
    expect(await buildhand("status")).toEqual({ code: NOT_ATTACHED, output: told });
    expect(await buildhand("service status")).toEqual({ code: 0, output: told });
    expect(await readiness()).toBe(503);
    await master.start();
    await service.attached();
    expect([await service.property("MainPID"), await service.property("NRestarts")]).toEqual([worker, restarts]);
    expect((await buildhand("status")).code).toBe(0);
    expect(await readiness()).toBe(200);
  });

  test("an upgrade in the middle of a build, and a restart after it, lose no build", async () => {
    const worker = await service.property("MainPID");
    const upgrade = async () => {
      await machine.must(`dpkg -i /release/${DEBIAN_PACKAGE}`);
      // Parts of the program that are used for the first time now are those of the old one.
      expect(await buildhand("status")).toMatchObject({ code: 0 });
      await machine.must(`systemctl restart --no-block '${UNIT}'`);
      await service.becomes("ActiveState", "deactivating");
    };
    expect(await service.duringBuild(upgrade)).toEqual(UNDISTURBED);
    await service.startedAgain(worker);
    await service.attached();
    await buildFacts();
  });

  test("a stop waits for the build that runs, and nothing is started again", async () => {
    const stop = async () => {
      await machine.must(`systemctl stop --no-block '${UNIT}'`);
      await service.becomes("ActiveState", "deactivating");
    };
    expect(await service.duringBuild(stop)).toEqual(UNDISTURBED);
    await service.becomes("ActiveState", "inactive");
    expect(await service.property("Result")).toBe("success");
  });

  test("twistd and buildbot-worker of the package run it in the words of images and scripts", async () => {
    // There is no credential outside of the unit.
    await machine.must(`sed -i "s|^passwd = .*|passwd = '${PASSWORD}'|" '${BASEDIR}/buildbot.tac'`);
    await machine.must(`systemd-run --quiet --unit=by-hand --uid=${ACCOUNT} --working-directory='${BASEDIR}' \
      --setenv=PATH=${SHIMS}:/usr/bin:/bin sh -c 'exec twistd --pidfile= -ny buildbot.tac'`);
    await service.attached();
    expect(await buildFacts()).toContain("/by-hand.service\n");
    await machine.must("systemctl stop by-hand.service");
    await machine.must(asAccount("buildbot-worker start . && test -e twistd.pid"));
    await service.attached();
    await buildFacts();
  });

  test("a worker in the background is restarted gracefully after an upgrade in the middle of a build", async () => {
    const pidFile = `cat '${BASEDIR}/twistd.pid'`;
    const worker = await machine.must(pidFile);
    const restart = async () => {
      await machine.must(`dpkg -i /release/${DEBIAN_PACKAGE}
        ${asAccount("exec buildhand restart --graceful . >restart.log 2>&1 &")}`);
      await service.until("the drain to begin", async () =>
        (await machine.must(`cat '${BASEDIR}/restart.log'`)).includes("exits when"),
      );
    };
    expect(await service.duringBuild(restart)).toEqual(UNDISTURBED);
    await service.until(
      "another process",
      async () => ![worker, ""].includes((await machine.run(`${pidFile} 2>/dev/null`)).output),
    );
    await service.attached();
    await buildFacts();
    await machine.must(asAccount("buildbot-worker stop . && rm restart.log"));
  });

  test("is stopped when the package is removed", async () => {
    await machine.must(`systemctl start '${UNIT}'`);
    await service.attached();
    expect(await machine.must("dpkg --remove buildhand 2>&1")).toContain(
      `/etc/systemd/system/${UNIT} stays, and is of no use without this package.\n`,
    );
    expect(await service.property("ActiveState")).toBe("inactive");
    await machine.must(`dpkg -i /release/${DEBIAN_PACKAGE}; systemctl start '${UNIT}'`);
    await service.attached();
  });

  test("is uninstalled without a trace, when the build that runs has ended", async () => {
    await machine.must(`mkdir '/etc/systemd/system/${UNIT}.d'; cd '/etc/systemd/system/${UNIT}.d'
      printf '[Service]\\nNice=5\\n' >nice.conf; systemctl daemon-reload`);
    let uninstalled: ReturnType<typeof buildhand> | undefined;
    const uninstall = async () => {
      uninstalled = buildhand("service uninstall");
      await service.becomes("ActiveState", "deactivating");
    };
    expect(await service.duringBuild(uninstall)).toEqual(UNDISTURBED);
    expect(await uninstalled).toMatchObject({ code: 0 });
    expect((await buildhand("service status")).code).toBe(NO_SUCH_SERVICE);
    expect(
      await machine.must(
        "systemctl list-units --all --plain --no-legend 'buildhand*'; ls /run/credentials | grep build || true",
      ),
    ).toBe("");
    await machine.must(`rm -r '${BASEDIR}'; install -d -o ${ACCOUNT} -g ${ACCOUNT} '${BASEDIR}'`);
    expect(await machine.must(LIST_FILES)).toBe(before);
  });

  test("can be one of a user's own systemd, which needs no root", async () => {
    // What pam_systemd sets where people log in.
    await machine.must(`useradd --create-home --uid 4000 own; mkdir /run/systemd/system/user@.service.d
      printf '[Service]\\nEnvironment=XDG_RUNTIME_DIR=/run/user/%%i\\n' >/run/systemd/system/user@.service.d/runtime.conf
      systemctl daemon-reload; systemctl start user@4000.service`);
    const asUser = (words: string) =>
      machine.must(`setpriv --reuid=own --regid=own --clear-groups \
        env HOME=/home/own XDG_RUNTIME_DIR=/run/user/4000 sh -ec 'cd; ${words}'`);
    await asUser(`buildhand create-worker w 127.0.0.1:${master.ports.pb} ${NAME} ${PASSWORD}
      buildhand service install --user w`);
    await service.attached();
    const facts = await buildFacts();
    expect(facts).toContain("own\n/home/own/w/quick/build\n");
    expect(facts).toContain("/user@4000.service/app.slice/buildhand-home-own-w.service/buildhand-");
    expect(await asUser("buildhand service status --user w")).toContain("is active (running)");
    await asUser("buildhand service uninstall --user w");
    expect(await asUser("find .config -type f -o -type l")).toBe("");
  });
});
