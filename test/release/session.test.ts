// An admin's day on a Debian machine with systemd: the package is installed, its service attaches to a real master, builds,
// survives a crash, an upgrade and a reboot, drains when it is stopped, and goes without a trace.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { printed } from "../masters/support/build-outcome.ts";
import { shell } from "../masters/support/description.ts";
import { startMaster, type TestMaster } from "../masters/support/test-master.ts";
import { INSTALL_PACKAGE } from "../repo/page-commands.ts";
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

const NAME = "example";
const UNIT = `buildhand@${NAME}.service`;
const BASEDIR = `/var/lib/buildbot/workers/${NAME}`;
const PASSWORD = "pass";

describeOnMachine("a day of the package's service", () => {
  let master: TestMaster;
  let machine: DebianMachine;
  let service: MachineService;
  let before: string;

  beforeAll(async () => {
    master = await startMaster({
      workers: [{ name: NAME, password: PASSWORD }],
      builders: [
        { name: "quick", workers: [NAME], steps: [shell("whoami", `id -un; pwd; ${SHOW_GROUP}`)] },
        { name: GATED, workers: [NAME], steps: gatedSteps },
      ],
    });
    machine = await bootMachine({ root: inject("nodeRoot"), binds: { "/release": inject("madeRelease") } });
    service = machineService(machine, master, { unit: UNIT, basedir: BASEDIR, workerName: NAME });
  });
  afterAll(async () => {
    await machine?.end();
    await master?.end();
  });

  async function buildsWell(): Promise<void> {
    const outcome = await (await master.startBuild("quick")).finished();
    expect(outcome.result).toBe("success");
    expect(printed(outcome, "whoami")).toMatch(
      new RegExp(`^buildbot\n${BASEDIR}/quick/build\n.*/${UNIT}/buildhand-\\d+-\\d+\n$`, "s"),
    );
  }

  test("the package installs beside what is there, starts nothing, and its unit is without fault", async () => {
    // There is no network for git, and a package alone is installed without a question.
    await machine.must(`echo 'APT::Install-Recommends "false";' >/etc/apt/apt.conf.d/99-no-recommends`);
    before = await machine.must(LIST_FILES);
    const output = await machine.must(`cd /release && ${INSTALL_PACKAGE} 2>&1`);
    expect(output).toContain("Setting up buildhand");
    expect(output).not.toMatch(/^(?:W|E|dpkg): |warning|error|cannot/im);
    expect(await machine.must("systemctl list-units --all --plain --no-legend 'buildhand@*'")).toBe("");
    expect(await machine.must(`systemd-analyze verify ${UNIT} /usr/lib/systemd/system/buildhand@.service`)).toBe("");
    expect(await machine.must("dpkg --verify buildhand")).toBe("");
    expect(await machine.must(`stat -c '%U:%G %a' /var/lib/buildbot /var/lib/buildbot/workers`)).toBe(
      "buildbot:buildbot 755\nbuildbot:buildbot 755\n",
    );
  });

  test("the service of a new worker attaches, and builds as its user in its own control group", async () => {
    await machine.must(`cd /var/lib/buildbot/workers && setpriv --reuid=buildbot --regid=buildbot --clear-groups \
      buildhand create-worker ${NAME} 127.0.0.1:${master.ports.pb} ${NAME} ${PASSWORD}`);
    await machine.must(`systemctl enable --now ${UNIT}`);
    await service.attached();
    expect(await service.property("ActiveState")).toBe("active");
    await buildsWell();
  });

  test("a crash is followed by a start, and a build", async () => {
    const crashed = await service.property("MainPID");
    await machine.must(`systemctl kill --kill-whom=main --signal=KILL ${UNIT}`);
    await service.startedAgain(crashed);
    await service.attached();
    await buildsWell();
    expect(await service.property("NRestarts")).toBe("1");
  });

  test("an upgrade in the middle of a build leaves both worker and build alone", async () => {
    const worker = await service.property("MainPID");
    const upgrade = async () => {
      await machine.must(`dpkg -i /release/${DEBIAN_PACKAGE} 2>&1`);
      expect(await service.property("MainPID")).toBe(worker);
    };
    expect(await service.duringBuild(upgrade)).toEqual(UNDISTURBED);
    await buildsWell();
  });

  test("a restart after the upgrade waits for the build that runs", async () => {
    const worker = await service.property("MainPID");
    const restart = async () => {
      await machine.must(`systemctl restart --no-block ${UNIT}`);
      await service.becomes("ActiveState", "deactivating");
    };
    expect(await service.duringBuild(restart)).toEqual(UNDISTURBED);
    await service.startedAgain(worker);
    await service.attached();
  });

  test("after a reboot without a master the service stays up, and attaches when the master comes", async () => {
    await master.kill();
    await machine.reboot();
    await service.until("the worker to try", async () =>
      (await machine.must(`tail -n 20 ${BASEDIR}/twistd.log`)).includes("ECONNREFUSED"),
    );
    expect(await service.property("ActiveState")).toBe("active");
    const worker = await service.property("MainPID");
    await master.start();
    await service.attached();
    expect([await service.property("MainPID"), await service.property("NRestarts")]).toEqual([worker, "0"]);
    await buildsWell();
  });

  test("Debian's own unit runs it by the drop-in of the guide, and one of the two units at a time", async () => {
    const theirs = `buildbot-worker@${NAME}.service`;
    const [, dropIn = ""] = /^```ini\n(.*?)^```$/ms.exec(readFileSync("docs/guide/install.md", "utf8")) ?? [];
    const files = {
      "buildbot-worker@.service": readFileSync("/usr/lib/systemd/system/buildbot-worker@.service", "utf8"),
      "buildbot-worker@.service.d/buildhand.conf": dropIn,
    };
    for (const [name, text] of Object.entries(files)) {
      const path = `/etc/systemd/system/${name}`;
      await machine.must(`mkdir -p ${dirname(path)}; cat >${path} <<'END'\n${text}END`);
    }
    await machine.must(`systemctl daemon-reload; systemctl start ${theirs}`);
    expect(await service.property("ActiveState")).toBe("inactive");
    await service.attached();
    expect(await machine.must(`cat /proc/$(systemctl show --value -p MainPID ${theirs})/cmdline`)).toContain(
      "buildhand",
    );
    expect((await (await master.startBuild("quick")).finished()).result).toBe("success");
    await machine.must(`systemctl start ${UNIT}`);
    expect((await machine.run(`systemctl is-active ${theirs}`)).output).toBe("inactive\n");
    await service.attached();
    await machine.must("rm -r /etc/systemd/system/buildbot-worker@.service*; systemctl daemon-reload");
  });

  test("a stop waits for the build that runs, and nothing is started again", async () => {
    const stop = async () => {
      await machine.must(`systemctl stop --no-block ${UNIT}`);
      await service.becomes("ActiveState", "deactivating");
    };
    expect(await service.duringBuild(stop)).toEqual(UNDISTURBED);
    await service.becomes("ActiveState", "inactive");
    expect(await service.property("Result")).toBe("success");
  });

  test("removed while its worker runs, it stops the worker, and keeps base directory and settings", async () => {
    await machine.must(`systemctl start ${UNIT}`);
    await service.attached();
    expect(await machine.must("dpkg --remove buildhand 2>&1")).not.toMatch(/warning|error|cannot/i);
    expect(await service.property("ActiveState")).toBe("inactive");
    expect(await machine.must(`ls ${BASEDIR}; systemctl --failed --plain --no-legend`)).toMatch(/^buildbot\.tac$/m);
  });

  test("purged, it leaves the base directory and its user; without base directories, nothing", async () => {
    await machine.must("dpkg --purge buildhand 2>&1");
    await machine.must(`id buildbot; test -e ${BASEDIR}/buildbot.tac`);
    await machine.must(`dpkg -i /release/${DEBIAN_PACKAGE} 2>&1; rm -r ${BASEDIR}`);
    expect(await machine.must("dpkg --purge buildhand 2>&1")).not.toMatch(/warning|error|cannot/i);
    expect(await machine.must(LIST_FILES)).toBe(before);
  });
});
