// A master over MessagePack that is gone without a word: frozen by a relay, while the worker's time is moved by hand.
import { afterEach, describe, expect, it } from "vitest";
import { FakeMsgpackMaster } from "../support/fake-msgpack-master.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { type Direction, Relay } from "../support/relay.ts";
import { rareTest } from "../support/sized.ts";
import { startTestWorker } from "../support/test-worker.ts";

const DEADLINE_SECONDS = 20;
const STEP_MS = 500;

const started: { end(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});

async function relayedPair(keepaliveSeconds: number) {
  const clock = new ManualClock();
  const master = await FakeMsgpackMaster.listen();
  started.push({ end: () => master.close() });
  const relay = await Relay.listen({ port: master.port });
  started.push({ end: () => relay.close() });
  const worker = await startTestWorker({
    keepaliveSeconds,
    keepaliveDeadlineSeconds: DEADLINE_SECONDS,
    port: relay.port,
    protocol: { name: "msgpack", path: "/" },
    settings: { clock },
  });
  started.push(worker);
  const attached = await master.nextWorker();
  const pings: number[] = [];
  attached.webSocket.on("ping", () => pings.push(clock.nowMs()));
  await poll("the connection", () => worker.service.connectionStatus().phase === "ready");
  return { clock, master, relay, worker, attached, pings };
}

type Pair = Awaited<ReturnType<typeof relayedPair>>;

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Moves time on until the worker gives the connection up; gives the milliseconds that took. */
async function noticedAfterMs({ clock, worker }: Pair): Promise<number> {
  const beganMs = clock.nowMs();
  while (worker.service.connectionStatus().phase === "ready") {
    if (clock.nowMs() - beganMs > 3_600_000) throw new Error(`never noticed:\n${worker.log.join("\n")}`);
    clock.advance(STEP_MS);
    await turn();
  }
  return clock.nowMs() - beganMs;
}

describe("a connection over MessagePack", () => {
  it.each<[number, number]>([
    [600, 30_000],
    [10, 10_000],
  ])("with keepalive = %i is pinged every %i ms, without a word for each", async (keepaliveSeconds, intervalMs) => {
    const pair = await relayedPair(keepaliveSeconds);
    for (let count = 1; count <= 3; count += 1) {
      pair.clock.advance(intervalMs);
      await poll("a ping", () => pair.pings.length === count);
      // What comes behind the answer to the ping has brought that.
      await pair.attached.request("keepalive");
    }
    expect(pair.worker.log.filter((line) => /ping|keepalive/.test(line))).toEqual([
      `sending pings every ${intervalMs / 1000} seconds`,
    ]);
  });

  it("with keepalive = 0 is never pinged", async () => {
    const pair = await relayedPair(0);
    for (let i = 0; i < 100; i += 1) {
      pair.clock.advance(60_000);
      await turn();
    }
    expect(pair.pings).toEqual([]);
  });

  it.each<[string, readonly Direction[]]>([
    ["that hears nothing", ["toMaster"]],
    ["that is not heard", ["toWorker"]],
    ["behind a line that is dead both ways", ["toMaster", "toWorker"]],
  ])("to a master %s is given up within interval and deadline, and made again", async (_, directions) => {
    const pair = await relayedPair(600);
    for (const direction of directions) pair.relay.freeze(direction);
    const noticedMs = await noticedAfterMs(pair);
    expect(noticedMs).toBeLessThanOrEqual(30_000 + DEADLINE_SECONDS * 1000 + STEP_MS);
    expect(pair.worker.log).toContainEqual(
      expect.stringMatching(/^connection lost: the master at \S+ has not answered a ping for 20 seconds$/),
    );
    for (const direction of directions) pair.relay.thaw(direction);
    await poll("the next connection", () => {
      pair.clock.advance(STEP_MS);
      return pair.worker.service.connectionStatus().phase === "ready";
    });
    expect(pair.worker.bugs).toEqual([]);
  });

  it("answers pings of the master", async () => {
    const { attached } = await relayedPair(600);
    const pongs: string[] = [];
    attached.webSocket.on("pong", (payload: Buffer) => pongs.push(payload.toString()));
    attached.webSocket.ping("are you there?");
    await poll("the pong", () => pongs.includes("are you there?"));
  });

  rareTest("does not fill its memory with answers to pings that nobody reads", 180_000, async () => {
    const { attached, worker } = await relayedPair(600);
    attached.socket.pause();
    const before = process.memoryUsage().external;
    const payload = Buffer.alloc(125);
    for (let i = 0; i < 100_000; i += 1) attached.webSocket.ping(payload);
    await poll("all to be sent", () => attached.webSocket.bufferedAmount === 0);
    expect(process.memoryUsage().external - before).toBeLessThan(32 * 1024 * 1024);
    attached.socket.resume();
    expect(await attached.request("keepalive")).toBeNull();
    expect(worker.bugs).toEqual([]);
  });
});
