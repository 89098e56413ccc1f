// A master killed again and again while a real worker builds for it: nothing that had ended is lost, the rest is built again.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import type { Store } from "../../src/master/store/store.ts";
import { type ChildProgram, runProgram, startProgram } from "../masters/support/child-program.ts";
import {
  type EmbeddedMaster,
  openStore,
  startEmbeddedMaster,
  writeMasterFile,
} from "../masters/support/embedded-master.ts";
import { freePorts } from "../masters/support/free-ports.ts";
import { generator } from "../support/mutator.ts";
import { poll } from "../support/poll.ts";

const BUILDER = "b";
const WORKER = "w";
export const KILLING_LIMIT_MS = 300_000;
const RUNNING = "builds?complete=false";
const program = resolve("bin/buildhand.js");

/** Prints, uploads, and takes its time, so that there is something to be cut off everywhere. */
const steps = [
  { shell: "for i in 1 2 3 4 5 6 7 8 9 10; do echo line $i; sleep 0.02; done" },
  { shell: { name: "make", command: "mkdir -p out; for i in 1 2 3; do echo $i >out/$i; done; seq 1 20000" } },
  { upload: { from: "out", to: "out", directory: true } },
  { upload: { from: "out/1", to: "one" } },
];

let root = "";
let directory = "";
let worker: ChildProgram | undefined;
let master: EmbeddedMaster | undefined;

async function setUp(): Promise<void> {
  root = mkdtempSync(join(tmpdir(), "buildhand-kill-"));
  directory = join(root, "master");
  const [port = 0] = await freePorts(1);
  writeMasterFile(directory, {
    listeners: [{ protocol: "pb", port }],
    workers: [{ name: WORKER, password: "pass" }],
    builders: [{ name: BUILDER, workers: [WORKER], steps }],
    schedulers: [{ force: { builders: [BUILDER] } }],
  });
  const basedir = join(root, WORKER);
  const create = ["create-worker", "--quiet", "--maxdelay=1", basedir, `127.0.0.1:${port}`, WORKER, "pass"];
  await runProgram([process.execPath, program, ...create], root);
  worker = startProgram([process.execPath, program, "start", "--nodaemon", basedir], basedir);
}

async function tearDown(): Promise<void> {
  await master?.stop("SIGKILL");
  await worker?.stop();
  rmSync(root, { recursive: true });
}

async function startedWithWorker(): Promise<EmbeddedMaster> {
  const started = await startEmbeddedMaster(directory);
  master = started;
  await poll("the worker to attach again", () => started.output().includes(`worker '${WORKER}' has attached`));
  return started;
}

/** As a kill has left it; the master itself shall be the first to open what is there. */
function copiedStore(round: number): Store {
  const copy = join(root, `copy-${round}`);
  mkdirSync(copy);
  for (const name of readdirSync(directory)) {
    if (name.startsWith("state.sqlite")) cpSync(join(directory, name), join(copy, name));
  }
  return openStore(copy);
}

/** The moment of the kill is random, which is what this is about. */
function wait(ms: number): Promise<void> {
  return new Promise((done) => {
    systemClock.after(ms, done);
  });
}

/** How many rows the API has. */
async function total({ admin }: EmbeddedMaster, path: string): Promise<number> {
  return (JSON.parse((await admin.send(`/api/v2/${path}`)).text) as { meta: { total: number } }).meta.total;
}

function endedBuilds(output: string): readonly string[] {
  return [...output.matchAll(/build (\d+) of 'b' on worker 'w': ([A-Z]+), /g)].map(
    ([, number, result]) => `${number} ${result}`,
  );
}

function recorded(store: Store): readonly string[] {
  return store.builds.list({ limit: 10_000 }).map(({ number, result }) => `${number} ${result}`);
}

/** Kills it at so many random moments of builds: it loses none that had ended, and the worker builds the others again. */
export async function killWhileWorkerBuilds(rounds: number): Promise<void> {
  try {
    await setUp();
    await killAndCount(rounds);
  } finally {
    await tearDown();
  }
}

async function killAndCount(rounds: number): Promise<void> {
  const seed = Date.now() % 2 ** 32;
  console.log(`seed of the moments: ${seed}`);
  const random = generator(seed);
  let running = await startedWithWorker();
  const beganMs = systemClock.nowMs();
  await running.force(BUILDER, "round 0");
  await poll("a whole build", () => running.ended(BUILDER, "SUCCESS") === 1);
  const buildMs = systemClock.nowMs() - beganMs;
  const finished = new Set<string>();
  const cutOff = new Set<number>();
  for (let round = 1; round <= rounds; round++) {
    await running.force(BUILDER, `round ${round}`);
    // The first one during a build for certain; later ones in this build or in the next, since an earlier one may wait.
    if (round === 1) await poll("a running build", async () => (await total(running, RUNNING)) > 0);
    else await wait(random() * 2 * buildMs);
    await running.stop("SIGKILL");
    for (const line of endedBuilds(running.output())) finished.add(line);
    const store = copiedStore(round);
    expect(recorded(store)).toEqual(expect.arrayContaining([...finished]));
    for (const { number } of store.builds.unfinished()) cutOff.add(number);
    store.close();
    running = await startedWithWorker();
  }
  const within = { deadlineMs: KILLING_LIMIT_MS };
  await poll("an empty queue", async () => (await total(running, "buildrequests")) === 0, within);
  await poll("the last build", async () => (await total(running, RUNNING)) === 0, within);
  await running.stop();
  console.log(
    `a build took ${Math.round(buildMs)} ms; ${cutOff.size} builds were cut off, ${finished.size} had ended before a kill`,
  );
  expect(cutOff.size).toBeGreaterThan(0);
  expect(finished.size).toBeGreaterThan(0);

  const store = openStore(directory);
  const builds = store.builds.list({ limit: 10_000 });
  expect(store.requests.waiting()).toEqual([]);
  expect(recorded(store)).toEqual(expect.arrayContaining([...finished]));
  for (const { number, result, stateText } of builds) {
    if (cutOff.has(number)) expect([result, stateText]).toEqual(["RETRY", "the master ended during the build"]);
    else expect(result).toBe("SUCCESS");
  }
  // Each was asked for once, and has succeeded once.
  const reasons = builds.filter(({ result }) => result === "SUCCESS").map(({ reason }) => reason);
  expect(reasons.toSorted()).toEqual(Array.from({ length: rounds + 1 }, (_, n) => `round ${n}`).toSorted());
  for (const step of builds.flatMap(({ id }) => store.builds.steps(id))) {
    for (const log of store.logs.ofStep(step.id)) {
      expect(log.isComplete).toBe(true);
      expect(store.logs.lines(log.id, 0, 100_000)).toHaveLength(log.lineCount);
    }
  }
  store.close();
  expect(readdirSync(join(directory, "uploads")).toSorted()).toEqual(["one", "out"]);
}
