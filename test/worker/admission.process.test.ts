// What commands wait for before they start: their turn among those of all workers of a process, and room on the disk.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Clock } from "../../src/base/clock.ts";
import { systemClock } from "../../src/base/clock.ts";
import { ABANDON_MS } from "../../src/commands/abandon.ts";
import type { AdmissionLimits } from "../../src/worker/open-admission.ts";
import { admissionFor } from "../../src/worker/worker-runtime.ts";
import { attachWorker, type CommandWorker } from "../commands/attached-worker.ts";
import { blockFiles } from "../commands/blocked-files.ts";
import type { CommandReport } from "../support/fake-master.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";

const NONE = { max_commands: 0, disk_warn: 0, disk_limit: 0, inode_warn: 0, inode_limit: 0 };
const MORE_THAN_ANY_DISK = 2 ** 50;
const started: CommandWorker[] = [];
afterEach(async () => {
  for (const worker of started.splice(0)) await worker.end();
});

interface LimitedWorkers {
  readonly workers: readonly CommandWorker[];
  readonly log: readonly string[];
  readonly states: () => readonly (string | undefined)[];
}

/** Workers of one process with these limits. */
async function limitedWorkers(
  count: number,
  limits: Partial<AdmissionLimits>,
  clock: Clock = systemClock,
): Promise<LimitedWorkers> {
  const open = (await admissionFor(Object.assign(limits, { ...NONE, ...limits })))!;
  const log: string[] = [];
  const admissions = Array.from({ length: count }, () =>
    open({ baseDirectory: "/", clock, log: (line) => void log.push(line) }),
  );
  const workers: CommandWorker[] = [];
  for (const admission of admissions) workers.push(await attachWorker(undefined, { admission }));
  started.push(...workers);
  return { workers, log, states: () => admissions.map((admission) => admission.disk()?.state) };
}

type Five = [CommandWorker, CommandWorker, CommandWorker, CommandWorker, CommandWorker];
const shell = (command: string) => ({ command, workdir: ".", logEnviron: false }) as const;
const TURN = "buildhand: waiting for the running command to end (max_commands)\n";

it("nothing is loaded or waits without limits", async () => {
  expect(await admissionFor(NONE)).toBeUndefined();
});

describe("max_commands", () => {
  it("lets further commands of all workers wait in order, and says for what", async () => {
    const { workers } = await limitedWorkers(5, { max_commands: 1 });
    const [first, second, third, fourth, fifth] = workers as Five;
    const order = join(first.basedir, "order");
    const gate = join(first.basedir, "gate");
    const running = await first.start(
      "shell",
      shell(`until test -e ${gate}; do sleep 0.02; done; echo first >>${order}`),
    );
    await running.printed("header", "until test");
    const reports: CommandReport[] = [];
    for (const [index, worker] of [second, third, fourth].entries()) {
      const report = await worker.start("shell", shell(`echo ${index} >>${order}; cat ${order}`));
      await report.printed("header", TURN);
      reports.push(report);
    }
    // A master expects these to end at once.
    expect((await fifth.run("mkdir", { dir: "made" })).value("rc")).toBe(0);
    await third.interrupt(reports[1]!);
    await reports[1]!.completed;
    expect([reports[1]!.value("rc"), reports[1]!.text("header")]).toEqual([-1, `${TURN}command interrupted\n`]);
    writeFileSync(gate, "");
    await Promise.all([running, ...reports].map((report) => report.completed));
    expect(reports[2]!.text("stdout")).toBe("first\n0\n2\n");
    expect(reports[2]!.text("header").startsWith(TURN)).toBe(true);
    expect(running.text("header")).not.toContain("waiting");
    // Nobody holds a turn any more, not even after a command that could not start.
    expect(JSON.stringify(await (await first.start("shell", { workdir: "." })).completed)).toContain(
      "missing args: command",
    );
    expect((await second.run("shell", shell("true"))).value("rc")).toBe(0);
  });

  it("lets the next one in when the master of a waiting or a running one is lost", async () => {
    const { workers } = await limitedWorkers(3, { max_commands: 1 });
    const [first, second, third] = workers as [CommandWorker, CommandWorker, CommandWorker];
    await (await first.start("shell", shell("echo begun; sleep 1000"))).printed("stdout", "begun");
    await (await second.start("shell", shell("true"))).printed("header", TURN);
    const last = await third.start("shell", shell("echo done"));
    await last.printed("header", TURN);
    for (const worker of [second, first]) {
      started.splice(started.indexOf(worker), 1);
      await worker.end();
    }
    await last.completed;
    expect(last.text("stdout")).toBe("done\n");
  });
});

describe("a limit of free space", () => {
  const LACK =
    /waiting for up to 60 s for room: the file system of \/ has \d+ bytes free, less than the limit of \d+\n/;

  it("lets new commands wait, which start when there is room", async () => {
    const limits = { disk_limit: MORE_THAN_ANY_DISK };
    const clock = new ManualClock();
    const { workers, log, states } = await limitedWorkers(2, limits, clock);
    const report = await workers[0]!.start("shell", shell("echo ran"));
    await report.printed("header", "waiting");
    expect(report.text("header")).toMatch(LACK);
    expect(states()).toEqual(["full", "full"]);
    // These need no room, and may make some.
    expect((await workers[1]!.run("rmfile", { path: "absent" })).value("rc")).toBe(2);
    limits.disk_limit = 1;
    await poll("the command", () => {
      clock.advance(1000);
      return report.text("stdout") !== "";
    });
    await report.completed;
    expect([report.value("rc"), states()[0]]).toEqual([0, "ok"]);
    const lines = log.map((line) => line.replaceAll(/\d+/g, "N"));
    expect(lines.filter((line, index) => lines.indexOf(line) === index)).toEqual([
      "the file system of / has N bytes free, less than the limit of N; new commands wait up to N s for room and are then refused",
      "there is room again in /",
    ]);
  });

  it("refuses them after a minute, with the reason", async () => {
    const clock = new ManualClock();
    const { workers } = await limitedWorkers(1, { inode_limit: MORE_THAN_ANY_DISK }, clock);
    const report = await workers[0]!.start("shell", shell("echo ran"));
    await report.printed("header", "waiting");
    let isOver = false;
    void report.completed.then(() => {
      isOver = true;
    });
    await poll("the refusal", () => {
      clock.advance(1000);
      return isOver;
    });
    expect(clock.nowMs()).toBeGreaterThanOrEqual(60_000);
    const failure = JSON.stringify(await report.completed);
    expect(failure).toMatch(/has \d+ inodes free, less than the limit of \d+, and has not had more for 60 seconds/);
    expect(report.text("stdout")).toBe("");
  });

  it("on a file system that does not respond can be interrupted, and is not waited for longer", async () => {
    const clock = new ManualClock();
    const { workers } = await limitedWorkers(2, { disk_limit: 1 }, clock);
    const unblock = blockFiles();
    try {
      const reports = [
        await workers[0]!.start("shell", shell("echo ran")),
        await workers[1]!.start("shell", shell("echo ran")),
      ] as const;
      await workers[0]!.interrupt(reports[0]);
      clock.advance(ABANDON_MS);
      await reports[0].completed;
      expect([reports[0].value("rc"), reports[0].text("header")]).toEqual([-1, "command interrupted\n"]);
      clock.advance(60_000);
      expect(JSON.stringify(await reports[1].completed)).toMatch(/60 seconds/);
      expect(reports.map((report) => report.text("stdout"))).toEqual(["", ""]);
    } finally {
      await unblock();
    }
  });

  it("that only warns holds nothing back", async () => {
    const { workers, log, states } = await limitedWorkers(1, { disk_warn: MORE_THAN_ANY_DISK });
    expect((await workers[0]!.run("shell", shell("true"))).text("header")).not.toContain("waiting");
    expect(states()).toEqual(["low"]);
    expect(log).toHaveLength(1);
  });
});
