// What is left when a master is killed at any moment, and what the next one makes of it.
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import type { BuildRow } from "../../src/master/store/builds.ts";
import { Store } from "../../src/master/store/store.ts";
import { poll } from "../support/poll.ts";
import { rareTest, sized } from "../support/sized.ts";
import { KILLING_LIMIT_MS, killWhileWorkerBuilds } from "./kill-with-worker.ts";
import { MasterProcesses } from "./master-process.ts";
import { retention } from "./test-master.ts";

const ROUNDS = sized(1, 20);
/** With a worker of the program. */
const REAL_ROUNDS = sized(2, 20);
/** Of a step that has ended: its lines, and the one that says how it ended. */
const LINES_OF_A_STEP = 21;

let masters: MasterProcesses;

beforeEach(() => {
  masters = new MasterProcesses();
});

afterEach(() => masters.remove());

function openStore(): Store {
  return new Store({ directory: masters.directory, retention: () => retention(), clock: systemClock });
}

function allBuilds(store: Store): readonly BuildRow[] {
  return store.builds.list({ limit: 10_000 });
}

/** The life of the master is random, which is what this is about. */
function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.after(ms, resolve);
  });
}

function expectWholeLogs(store: Store): void {
  for (const build of allBuilds(store)) {
    for (const step of store.builds.steps(build.id)) {
      for (const log of store.logs.ofStep(step.id)) {
        expect(log.isComplete).toBe(true);
        expect(store.logs.lines(log.id, 0, 1000)).toHaveLength(log.lineCount);
        expect(Buffer.concat([...store.logs.text(log.id)])).toHaveLength(log.bytes);
        if (step.result === "SUCCESS") expect(log.lineCount).toBe(LINES_OF_A_STEP);
      }
    }
  }
}

/** How long it takes to build what is asked for, on this machine, now. */
async function wholeBuildsMs(): Promise<number> {
  const master = await masters.started();
  const beginMs = systemClock.nowMs();
  master.ask("round 0");
  await poll("both builds", () => master.printed.filter((line) => line.endsWith("SUCCESS")).length === 2);
  const tookMs = systemClock.nowMs() - beginMs;
  await master.kill();
  return tookMs;
}

test("killed in the midst of builds, a master loses no finished build, and retries the others", async () => {
  const longestLifeMs = 1.2 * (await wholeBuildsMs());
  const finished = new Set(["b1 1 SUCCESS", "b2 1 SUCCESS"]);
  let cutOff = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const master = await masters.started();
    master.ask(`round ${round}`);
    // The first one in the midst of a build for certain.
    if (round === 1) await poll("a build", () => master.printed.includes("begun"));
    else await wait(Math.random() * longestLifeMs);
    await master.kill();
    for (const line of master.printed) if (line.includes(" ")) finished.add(line);

    const store = openStore();
    const unfinished = store.builds.unfinished();
    cutOff += unfinished.length;
    expect(store.recover()).toEqual(unfinished);
    const recorded = new Set(allBuilds(store).map(({ builder, number, result }) => `${builder} ${number} ${result}`));
    for (const line of finished) expect(recorded).toContain(line);
    const waiting = new Set(store.requests.waiting().map(({ id }) => id));
    for (const { requestId } of unfinished) expect(waiting).toContain(requestId);
    expectWholeLogs(store);
    store.close();
  }
  expect(cutOff).toBeGreaterThan(0);

  const last = await masters.started();
  const isIdle = () => {
    last.ask("idle?");
    return last.printed.includes("idle");
  };
  await poll("all requests to be built", isIdle, { deadlineMs: 100_000 });
  await last.kill();
  const store = openStore();
  expect(store.requests.waiting()).toEqual([]);
  expect(store.builds.unfinished()).toEqual([]);
  const built = allBuilds(store).filter(({ result }) => result === "SUCCESS");
  const reasons = built.map(({ builder, reason }) => `${builder} ${reason}`);
  expect(new Set(reasons).size).toBe(reasons.length);
  store.close();
}, 180_000);

test("a second master in the same directory is refused with one sentence, and the first one keeps running", async () => {
  const first = await masters.started();
  const second = masters.start();
  await second.ended;
  expect(second.complained.join("\n")).toContain("is in use by another process; only one master can run per directory");
  first.ask("go");
  await poll("builds of the first master", () => first.printed.includes("b1 1 SUCCESS"));
  await first.kill();
});

rareTest("so it is while a real worker builds for it, which builds again what was cut off", KILLING_LIMIT_MS, () =>
  killWhileWorkerBuilds(REAL_ROUNDS),
);
