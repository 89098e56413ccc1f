// The same with Buildbot's own master: frozen, killed, restarted, with the name taken; and what Buildbot's own worker makes
// of a master that freezes.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lives } from "../daemon/worker-program.ts";
import { buildbotAvailable } from "../masters/support/availability.ts";
import { shell } from "../masters/support/description.ts";
import { type Protocol, startMaster, type TestMaster } from "../masters/support/test-master.ts";
import { startAttachedWorker, startWorker, type WorkerProcess } from "../masters/support/worker-process.ts";
import { poll } from "../support/poll.ts";
import { type Fault, type Lane, lane, type Outcome } from "./fault.ts";
import { timeless } from "./watched-worker.ts";

const NAME = "w1";
const OTHER = "w2";
const READY = /worker is ready/;
/** A start of the master is part of some waits. */
const LONGEST_WAIT_MS = 90_000;
/** How long Buildbot's worker is given to notice. */
const COMPARED_SECONDS = 60;
const COMPARED_KEEPALIVE = 5;

interface RealScene {
  readonly master: TestMaster;
  readonly worker: WorkerProcess;
  readonly pidFile: string;
}

async function says(worker: WorkerProcess, pattern: RegExp, since: number): Promise<string> {
  const find = () => linesSince(worker, since).find((line) => pattern.test(line));
  return poll(String(pattern), find, {
    deadlineMs: LONGEST_WAIT_MS,
    logs: () => ({ "the worker's log": worker.log() }),
  });
}

function linesSince(worker: WorkerProcess, since: number): readonly string[] {
  const lines = worker.log().slice(since).split("\n");
  return lines.map((line) => line.replace(/^\S+ \S+ \[[^\]]*\] /, ""));
}

interface RealPlan {
  readonly stage: string;
  readonly fault: string;
  readonly prepare?: (scene: RealScene) => Promise<number>;
  readonly strike: (scene: RealScene) => void | Promise<void>;
  readonly says: RegExp;
  readonly mend: (scene: RealScene) => void | Promise<void>;
}

function breaks({ stage, fault, prepare, strike, says: pattern, mend }: RealPlan): Fault<RealScene> {
  return {
    stage,
    fault,
    isFast: false,
    async run(scene): Promise<Outcome> {
      const { worker, master } = scene;
      const pid = await prepare?.(scene);
      const since = worker.log().length;
      const struckMs = performance.now();
      await strike(scene);
      const said = await says(worker, pattern, since);
      const noticedMs = performance.now() - struckMs;
      const mended = worker.log().length;
      await mend(scene);
      const mendedMs = performance.now();
      await says(worker, READY, mended);
      const readyMs = Math.max(performance.now() - mendedMs, 0);
      if (pid !== undefined && lives(pid)) throw new Error(`process ${pid} of the lost command lives`);
      await master.workerAttached(NAME);
      return { said: timeless(said), noticedMs, readyMs, ending: "ready again" };
    },
  };
}

const CLOSED = /^connection lost: the master at \S+ (closed the connection|dropped the connection: .*)$/;

async function commandUnderWay({ master, pidFile }: RealScene): Promise<number> {
  rmSync(pidFile, { force: true });
  await master.startBuild("endless");
  return poll("the command to run", () => {
    const text = existsSync(pidFile) ? readFileSync(pidFile, "utf8") : "";
    return text.endsWith("\n") ? Number(text) : undefined;
  });
}

/** Over either protocol. */
const common: readonly Fault<RealScene>[] = [
  breaks({
    stage: "ready, idle",
    fault: "Buildbot's master freezes (SIGSTOP)",
    strike: ({ master }) => master.freeze(),
    says: /^connection lost: .* has not answered a (keepalive|ping) for 1 seconds$/,
    mend: ({ master }) => master.thaw(),
  }),
  breaks({
    stage: "ready, idle",
    fault: "Buildbot's master is restarted",
    strike: ({ master }) => master.stop(),
    says: CLOSED,
    mend: ({ master }) => master.start(),
  }),
  breaks({
    stage: "ready, mid-shell",
    fault: "Buildbot's master is killed (SIGKILL), and started again",
    prepare: commandUnderWay,
    strike: ({ master }) => master.kill(),
    says: CLOSED,
    mend: ({ master }) => master.start(),
  }),
];

const ofPb: readonly Fault<RealScene>[] = [
  {
    stage: "login",
    fault: "another worker with the same name is connected, and leaves",
    isFast: false,
    async run({ master }) {
      const first = await startAttachedWorker("buildhand", master, { name: OTHER });
      const begunMs = performance.now();
      const second = await startWorker("buildhand", master, { name: OTHER, createOptions: ["--maxdelay=1"] });
      const said = await says(second, /^login: the master refused it: rejecting duplicate worker/, 0);
      const noticedMs = performance.now() - begunMs;
      await first.stop();
      const leftMs = performance.now();
      await says(second, READY, 0);
      const readyMs = performance.now() - leftMs;
      await second.stop();
      return { said: timeless(said), noticedMs, readyMs, ending: "ready again" };
    },
  },
  {
    stage: "for comparison",
    fault: `Buildbot's master freezes (SIGSTOP) under Buildbot's worker, keepalive = ${COMPARED_KEEPALIVE}`,
    isFast: false,
    async run({ master }) {
      const theirs = await startAttachedWorker("python", master, {
        name: OTHER,
        createOptions: [`--keepalive=${COMPARED_KEEPALIVE}`],
      });
      await says(theirs, /Master replied to keepalive/, 0);
      const since = theirs.log().length;
      master.freeze();
      try {
        await new Promise((resolve) => setTimeout(resolve, COMPARED_SECONDS * 1000));
        const lost = linesSince(theirs, since).find((line) => /[Ll]ost connection|retry|Connection lost/.test(line));
        if (lost !== undefined) throw new Error(`it noticed: ${lost}`);
      } finally {
        master.thaw();
        await theirs.stop();
      }
      return {
        said: `*Buildbot's worker had not noticed after ${COMPARED_SECONDS} s*`,
        noticedMs: undefined,
        readyMs: undefined,
        ending: "not noticed",
      };
    },
  },
];

/** Nothing over MessagePack says why a master that lets a worker in closes the connection. */
const ofMsgpack: readonly Fault<RealScene>[] = [
  {
    stage: "attach",
    fault: "another worker with the same name is connected, and leaves",
    isFast: false,
    async run({ master }) {
      const protocol = "msgpack";
      const first = await startAttachedWorker("buildhand", master, { name: OTHER, protocol });
      const begunMs = performance.now();
      const second = await startWorker("buildhand", master, { name: OTHER, protocol, createOptions: ["--maxdelay=1"] });
      const said = await says(second, /^attach: the master at \S+ closed the connection/, 0);
      const noticedMs = performance.now() - begunMs;
      await first.stop();
      const leftMs = performance.now();
      await says(second, READY, 0);
      const readyMs = performance.now() - leftMs;
      await second.stop();
      return { said: timeless(said), noticedMs, readyMs, ending: "ready again" };
    },
  },
];

function realMasterLane(protocol: Protocol, title: string, faults: readonly Fault<RealScene>[]): Lane {
  return lane<RealScene>({
    title,
    faults,
    countsLeaks: false,
    missing: () => (buildbotAvailable() ? undefined : "Buildbot is not installed"),
    open: () => openRealMaster(protocol),
    async end({ master }) {
      await master.end();
      return undefined;
    },
  });
}

export const realMasterLanes: readonly Lane[] = [
  realMasterLane("pb", "Buildbot's master", [...common, ...ofPb]),
  realMasterLane(
    "msgpack",
    "MessagePack, Buildbot's master",
    [...common, ...ofMsgpack].map((fault) => ({ ...fault, stage: `MessagePack, ${fault.stage}` })),
  ),
];

async function openRealMaster(protocol: Protocol): Promise<RealScene> {
  const root = mkdtempSync(join(tmpdir(), "buildhand-fault-master-"));
  const pidFile = join(root, "pid");
  const master = await startMaster({
    workers: [NAME, OTHER].map((name) => ({ name, password: `${name}-password` })),
    builders: [
      { name: "endless", workers: [NAME], steps: [shell("wait", `echo $$ > ${pidFile}; exec sleep 600`)] },
      { name: "other", workers: [OTHER], steps: [shell("nothing", "true")] },
    ],
  });
  master.endAlso(async () => rmSync(root, { recursive: true }));
  const worker = await startAttachedWorker("buildhand", master, {
    name: NAME,
    protocol,
    createOptions: ["--keepalive=1", "--maxdelay=1"],
    tacLines: ["keepalive_deadline = 1"],
  }).catch(async (error: unknown) => {
    await master.end();
    throw error;
  });
  // The master knows it a moment before it says so.
  await says(worker, READY, 0);
  return { master, worker, pidFile };
}
