// Many workers in few processes: what each further one takes of memory, and how they come back to a master that was restarted.
// Writes what it measured into docs/measurements/limits.md.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { makeSeveral, severalLog, type WorkerRow } from "../daemon/several-tac.ts";
import { buildbotAvailable, describeWithMaster } from "../masters/support/availability.ts";
import { type ChildProgram, startProgram } from "../masters/support/child-program.ts";
import { shell } from "../masters/support/description.ts";
import { startEmbeddedMaster, writeMasterFile } from "../masters/support/embedded-master.ts";
import { freePorts } from "../masters/support/free-ports.ts";
import { startMaster, type TestMaster } from "../masters/support/test-master.ts";
import { poll } from "../support/poll.ts";
import { privateMib, treeOf } from "../support/tree-memory.ts";
import { writeLimits } from "./limits-page.ts";

const buildhand = fileURLToPath(new URL("../../bin/buildhand.js", import.meta.url));
const PASSWORD = "sekret";

const CROWD = 20;
const COMMANDS_AT_ONCE = 10;
const IDLE_LIMIT_MIB = 0.75;
const USED_LIMIT_MIB = 2;
/** The process that starts commands while many are wanted stays for a minute, see `Launcher`. */
const SETTLED_WITHIN_MS = 120_000;

/** As create-worker writes it; a master is away for less. */
const MAX_DELAY_SECONDS = 300;
const DOWNTIME_MS = 10_000;
const ATTACH_DEADLINE_MS = 180_000;
const BACK_WITHIN_MS = 60_000;
/** A tenth of a second in which more than this part of all workers try at once is a crowd. */
const CROWD_PART = 1 / 2;
const WINDOW_MS = 100;

const rows: string[] = [];
const rowCount = 6;
const programs: ChildProgram[] = [];
const root = mkdtempSync(join(tmpdir(), "buildhand-fleet-"));

afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.stop()));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
  if (rows.length === rowCount) writeLimits("fleet", ["| what | measured |", "| --- | --- |", ...rows]);
});

function startWorkers(directory: string, workers: readonly WorkerRow[]): ChildProgram {
  makeSeveral(directory, workers);
  const program = startProgram([process.execPath, buildhand, "start", "--nodaemon", directory], directory);
  programs.push(program);
  return program;
}

describeWithMaster("a worker beside others of its process", () => {
  const names = Array.from({ length: CROWD + 1 }, (_, index) => `w${index}`);
  const builder = (name: string, index: number) => `${name}-b${index}`;
  const builderIndexes = Array.from({ length: COMMANDS_AT_ONCE }, (_, index) => index);

  async function measured(master: TestMaster, workers: readonly string[]) {
    const all = workers.map((name) => ({ name, port: master.ports.pb }));
    const program = startWorkers(join(master.root, workers.join("").slice(0, 20)), all);
    await Promise.all(workers.map((name) => master.workerAttached(name)));
    const idleMib = await settled(program);
    const builds = await Promise.all(
      workers.flatMap((name) => builderIndexes.map((index) => master.startBuild(builder(name, index)))),
    );
    for (const build of builds) expect((await build.finished()).result).toBe("success");
    return { idleMib, usedMib: await settled(program) };
  }

  /** When no more processes run than an idle worker has, and memory is the same for a while. */
  async function settled({ pid }: ChildProgram): Promise<number> {
    let last = 0;
    let since = 0;
    return poll(
      "memory to settle",
      () => {
        const mib = privateMib(pid);
        const isStill = Math.abs(mib - last) < 0.1 && treeOf(pid).length <= 2;
        if (!isStill) since = performance.now();
        last = mib;
        return isStill && performance.now() - since > 5000 && mib;
      },
      { deadlineMs: SETTLED_WITHIN_MS },
    );
  }

  it(`takes ${IDLE_LIMIT_MIB} MiB at most, and ${USED_LIMIT_MIB} after ${COMMANDS_AT_ONCE} commands at once`, async () => {
    const master = await startMaster({
      workers: names.map((name) => ({ name, password: PASSWORD })),
      builders: names.flatMap((name) =>
        builderIndexes.map((index) => ({
          name: builder(name, index),
          workers: [name],
          steps: [shell("run", "echo begun; sleep 2; seq 1000")],
        })),
      ),
    });
    try {
      const [first = "", ...others] = names;
      const one = await measured(master, [first]);
      const many = await measured(master, others);
      const further = (what: "idleMib" | "usedMib") => (many[what] - one[what]) / (CROWD - 1);
      rows.push(
        `| one worker, idle, and after ${COMMANDS_AT_ONCE} commands at once | ${shown(one.idleMib)}, ${shown(one.usedMib)} |`,
        `| each further worker of its process, of ${CROWD} | ${shown(further("idleMib"))}, ${shown(further("usedMib"))} |`,
      );
      expect(further("idleMib")).toBeLessThanOrEqual(IDLE_LIMIT_MIB);
      expect(further("usedMib")).toBeLessThanOrEqual(USED_LIMIT_MIB);
    } finally {
      await master.end();
    }
  });
});

interface FleetMaster {
  readonly port: number;
  stop(): Promise<unknown>;
  /** Again, in the same place; resolves when workers may connect. */
  start(): Promise<unknown>;
  end(): Promise<unknown>;
}

const embedded = {
  title: "Buildhand's master",
  isMissing: false,
  processes: 20,
  open: async (names: readonly string[]): Promise<FleetMaster> => {
    const directory = join(root, "master");
    const [port = 0] = await freePorts(1);
    writeMasterFile(directory, {
      listeners: [{ protocol: "pb", host: "127.0.0.1", port }],
      workers: names.map((name) => ({ name, password: PASSWORD })),
      builders: [{ name: "b", workers: names, steps: [{ shell: "true" }] }],
    });
    let master = await startEmbeddedMaster(directory);
    const stop = () => master.stop();
    return {
      port,
      stop,
      end: stop,
      async start() {
        master = await startEmbeddedMaster(directory);
      },
    };
  },
};

const real = {
  title: "Buildbot's master",
  isMissing: !buildbotAvailable,
  processes: 5,
  open: async (names: readonly string[]): Promise<FleetMaster> => {
    const master = await startMaster({
      workers: names.map((name) => ({ name, password: PASSWORD })),
      builders: [{ name: "b", workers: names, steps: [shell("run", "true")] }],
    });
    return { port: master.ports.pb, stop: () => master.kill(), start: () => master.start(), end: () => master.end() };
  },
};

describe.each([embedded, real])("a fleet under $title", ({ title, isMissing, processes, open }) => {
  const names = Array.from({ length: processes * CROWD }, (_, index) => `w${index}`);

  it.skipIf(isMissing)(`of ${names.length} workers in ${processes} processes is back within a minute`, async () => {
    const master = await open(names);
    try {
      const directories = Array.from({ length: processes }, (_, index) => join(root, `${title[5]}-fleet-${index}`));
      for (const [index, directory] of directories.entries()) {
        const own = names.slice(index * CROWD, (index + 1) * CROWD);
        const keywords = `maxdelay=${MAX_DELAY_SECONDS}`;
        startWorkers(
          directory,
          own.map((name) => ({ name, port: master.port, keywords })),
        );
      }
      const readyCount = () => directories.reduce((sum, directory) => sum + readyLines(directory), 0);
      await poll("the fleet to attach", () => readyCount() === names.length, { deadlineMs: ATTACH_DEADLINE_MS });
      await master.stop();
      const attemptsMs = await attemptsWithin(DOWNTIME_MS, master.port);
      await master.start();
      const fromMs = performance.now();
      await poll("the fleet to be back", () => readyCount() === 2 * names.length, { deadlineMs: BACK_WITHIN_MS });
      const tookSeconds = (performance.now() - fromMs) / 1000;
      const crowd = largestCrowd(attemptsMs);
      rows.push(
        `| ${names.length} workers in ${processes} processes under ${title}: all are back after | ${tookSeconds.toFixed(1)} s |`,
        `| of ${attemptsMs.length} attempts in ${DOWNTIME_MS / 1000} s meanwhile, in one tenth of a second at most | ${crowd} |`,
      );
      expect(attemptsMs.length).toBeGreaterThan(names.length);
      expect(crowd).toBeLessThan(names.length * CROWD_PART);
    } finally {
      await master.end();
    }
  });
});

/** Listens in the master's place and hangs up at once: when somebody came. */
async function attemptsWithin(timeMs: number, port: number): Promise<readonly number[]> {
  const attemptsMs: number[] = [];
  const server = createServer((socket) => {
    attemptsMs.push(performance.now());
    socket.on("error", () => {}); // the worker was faster
    socket.destroy();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  await delay(timeMs);
  server.close();
  await once(server, "close");
  return attemptsMs;
}

/** The most of them that lie within a tenth of a second. */
function largestCrowd(timesMs: readonly number[]): number {
  return Math.max(...timesMs.map((from) => timesMs.filter((one) => one >= from && one < from + WINDOW_MS).length));
}

function readyLines(directory: string): number {
  return severalLog(directory).filter((line) => line.endsWith(": Connected to buildmaster; worker is ready")).length;
}

function shown(mib: number): string {
  return `${mib.toFixed(2)} MiB`;
}
