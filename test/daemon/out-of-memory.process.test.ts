// Builds that use up the memory of the group that they share with their worker: the kernel kills them, and nothing else. Control
// groups of version 1, with the memory controller, and root.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { sized } from "../support/sized.ts";
import { install, logOf, makeBasedir, type WorkerProgram } from "./worker-program.ts";

const LIMIT_BYTES = 256 * 1024 * 1024;
const BUILDS = sized(5, 50);
const AT_ONCE = 5;

const mounts = readFileSync("/proc/self/mountinfo", "latin1").split("\n");
const hierarchy = mounts.find((line) => / - cgroup .*\bmemory\b/.test(line))?.split(" ")[4];
const own = /^\d+:memory:(\/.*)$/m.exec(readFileSync("/proc/self/cgroup", "latin1"))?.[1];

/** Why there can be no such group here. */
function lackOfMemoryGroups(): string | undefined {
  if (hierarchy === undefined || own === undefined) return "there is no memory controller of control groups, version 1";
  try {
    const directory = makeGroup("probe");
    rmdirSync(directory);
    return undefined;
  } catch (error) {
    return `no memory group can be made: ${String(error)}`;
  }
}

function makeGroup(name: string): string {
  const directory = join(hierarchy ?? "", own ?? "", `test-of-buildhand-${process.pid}-${name}`);
  mkdirSync(directory);
  writeFileSync(join(directory, "memory.limit_in_bytes"), String(LIMIT_BYTES));
  return directory;
}

const lack = lackOfMemoryGroups();
if (lack !== undefined) console.warn(`NOT RUN: ${BUILDS} builds out of memory: ${lack}`);

const installation = install();
afterAll(() => installation.remove());

describe.skipIf(lack !== undefined)(
  `${BUILDS} builds out of memory${lack === undefined ? "" : ` (NOT RUN: ${lack})`}`,
  () => {
    it("end with a reason in their logs; the worker, its other builds and its connection live on", {
      timeout: 240_000,
    }, async () => {
      const group = makeGroup("oom");
      const master = await FakeMaster.listen();
      let program: WorkerProgram | undefined;
      try {
        const basedir = makeBasedir(installation.newPath(), { port: master.port });
        program = installation.start(["start", "--nodaemon", basedir], {
          under: ["sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', group],
        });
        const attached = await master.nextWorker();
        const names = Array.from({ length: AT_ONCE }, (_, n) => `greedy${n}`);
        const builders = await attached.setBuilders("modest", ...names);
        const run = (builder: string, command: string) =>
          attached.startCommand(builders.get(builder)!, "shell", { command, workdir: ".", logEnviron: false });
        const gate = join(basedir, "gate");
        const modest = await run("modest", `echo begun; until test -e '${gate}'; do sleep 0.1; done; echo lived`);
        await modest.printed("stdout", "begun");
        const unexplained: string[] = [];
        for (let begun = 0; begun < BUILDS; begun += AT_ONCE) {
          const reports = await Promise.all(names.map((name) => run(name, "exec tail /dev/zero")));
          for (const report of reports) {
            await report.completed;
            const header = report.text("header");
            if (report.value("rc") !== -1 || !header.includes("out of memory: the kernel killed"))
              unexplained.push(header);
          }
        }
        expect(unexplained).toEqual([]);
        expect(readFileSync(join(group, "memory.oom_control"), "latin1")).toMatch(
          new RegExp(`^oom_kill ${BUILDS}$`, "m"),
        );
        expect([program.child.exitCode, attached.socket.destroyed]).toEqual([null, false]);
        writeFileSync(gate, "");
        await modest.completed;
        expect([modest.value("rc"), modest.text("stdout")]).toEqual([0, "begun\nlived\n"]);
        expect(logOf(basedir).filter((line) => /internal error|Lost connection|outlive/.test(line))).toEqual([]);
        program.child.kill("SIGTERM");
        expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
      } finally {
        await master.close();
        program?.child.kill("SIGKILL");
        await poll("the memory group to be removed", () => isGone(group));
      }
    });
  },
);

/** Once nobody is in it. */
function isGone(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch {
    return false;
  }
}
