// A master that is gone without a word: frozen in either direction by a relay, while the worker's time is moved by hand.
import { afterEach, describe, expect, it } from "vitest";
import type { WorkerService } from "../../src/worker/worker-service.ts";
import { FakeMaster } from "../support/fake-master.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { type Direction, Relay } from "../support/relay.ts";
import { startTestWorker, type TestWorkerOptions } from "../support/test-worker.ts";

const KEEPALIVE_SECONDS = 60;
const DEADLINE_SECONDS = 20;
const STEP_MS = 500;

const started: { end(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});

const directions: readonly (readonly [string, readonly Direction[]])[] = [
  ["that hears nothing", ["toMaster"]],
  ["that is not heard", ["toWorker"]],
  ["behind a line that is dead both ways", ["toMaster", "toWorker"]],
];

async function relayedPair(options: Omit<TestWorkerOptions, "port"> = {}) {
  const clock = new ManualClock();
  const master = await FakeMaster.listen();
  started.push({ end: () => master.close() });
  const relay = await Relay.listen({ port: master.port });
  started.push({ end: () => relay.close() });
  const worker = await startTestWorker({
    keepaliveSeconds: KEEPALIVE_SECONDS,
    keepaliveDeadlineSeconds: DEADLINE_SECONDS,
    ...options,
    port: relay.port,
    settings: { clock },
  });
  started.push(worker);
  const attached = await master.nextWorker();
  await poll("the connection", () => phaseOf(worker.service) === "ready");
  return { clock, master, relay, worker, attached };
}

type Pair = Awaited<ReturnType<typeof relayedPair>>;

const phaseOf = (service: WorkerService) => service.connectionStatus().phase;

/** Moves time on until the worker gives the connection up; gives the milliseconds that took. */
async function noticedAfterMs({ clock, worker }: Pair): Promise<number> {
  const beganMs = clock.nowMs();
  while (phaseOf(worker.service) === "ready") {
    if (clock.nowMs() - beganMs > 3_600_000) throw new Error(`never noticed:\n${worker.log.join("\n")}`);
    clock.advance(STEP_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return clock.nowMs() - beganMs;
}

async function comesBack({ clock, worker, master }: Pair): Promise<void> {
  await poll("the next connection", () => {
    clock.advance(STEP_MS);
    return phaseOf(worker.service) === "ready";
  });
  const again = await master.nextWorker();
  await again.call("print", "welcome back");
  expect(worker.log).toContain("message from master: welcome back");
}

function expectInTime(noticedMs: number): void {
  expect(noticedMs).toBeGreaterThanOrEqual(DEADLINE_SECONDS * 1000);
  expect(noticedMs).toBeLessThanOrEqual((KEEPALIVE_SECONDS + DEADLINE_SECONDS) * 1000);
}

describe.each(directions)("a master %s", (_, frozen) => {
  it.each([0, 30, 59])(
    "is given up within keepalive and deadline, when it froze %i seconds into the interval, and found again",
    async (seconds) => {
      const pair = await relayedPair();
      pair.clock.advance(seconds * 1000);
      for (const direction of frozen) pair.relay.freeze(direction);
      expectInTime(await noticedAfterMs(pair));
      expect(pair.worker.log).toContainEqual(
        `connection lost: the master at 127.0.0.1:${pair.relay.port} has not answered a keepalive for 20 seconds`,
      );
      for (const direction of frozen) pair.relay.thaw(direction);
      await comesBack(pair);
    },
  );

  it("is given up in time while a flood of output waits for it, and the command is gone when it is found again", async () => {
    const pair = await relayedPair();
    const builder = (await pair.attached.setBuilders("b1")).get("b1")!;
    const command = { command: ["sh", "-c", "echo $$; exec yes"], workdir: ".", logEnviron: false };
    const report = await pair.attached.startCommand(builder, "shell", command);
    await report.printed("stdout", "y\n");
    const pid = Number.parseInt(report.text("stdout"), 10);
    for (const direction of frozen) pair.relay.freeze(direction);
    expectInTime(await noticedAfterMs(pair));
    for (const direction of frozen) pair.relay.thaw(direction);
    await comesBack(pair);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

describe("a line that works", () => {
  it("is kept for days, keepalive after keepalive", async () => {
    const pair = await relayedPair();
    for (let i = 1; i <= 30; i += 1) {
      pair.clock.advance(KEEPALIVE_SECONDS * 1000);
      const answer = "Master replied to keepalive, everything's fine";
      await poll("the answer", () => pair.worker.log.filter((line) => line === answer).length === i);
    }
    expect(pair.relay.connectionsMade).toBe(1);
  });

  it("is kept while anything comes over it, however late the answer to a keepalive is", async () => {
    const pair = await relayedPair();
    pair.relay.setConditions("toMaster", { delayMs: 1_000_000 });
    for (let i = 0; i < 20; i += 1) {
      pair.clock.advance((DEADLINE_SECONDS - 1) * 1000);
      const text = `busy ${i}`;
      pair.attached.call("print", text).catch(() => {}); // its answer is under way forever
      await poll("a sign of life", () => pair.worker.log.includes(`message from master: ${text}`));
    }
    expect(phaseOf(pair.worker.service)).toBe("ready");
    expectInTime(await noticedAfterMs(pair));
  });
});

it("without keepalives a frozen master is left to the system", async () => {
  const pair = await relayedPair({ keepaliveSeconds: 0 });
  for (const direction of ["toMaster", "toWorker"] as const) pair.relay.freeze(direction);
  pair.clock.advance(86_400_000);
  expect(phaseOf(pair.worker.service)).toBe("ready");
  expect(pair.worker.log.join()).not.toContain("keepalive");
});
