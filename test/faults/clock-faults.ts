// Clocks that jump: a worker in this process whose time the fault moves, so that hours pass at once.
import { FakeMaster } from "../support/fake-master.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { Relay } from "../support/relay.ts";
import { startTestWorker, type TestWorker } from "../support/test-worker.ts";
import { type Fault, type Lane, lane, type Outcome } from "./fault.ts";

const HOUR_MS = 3_600_000;
const KEEPALIVE_SECONDS = 600;
const DEADLINE_SECONDS = 120;
const STEP_MS = 1000;

interface ClockScene {
  readonly clock: ManualClock;
  readonly master: FakeMaster;
  readonly relay: Relay;
  readonly worker: TestWorker;
}

const isReady = ({ worker }: ClockScene) => worker.service.connectionStatus().phase === "ready";

/** The first sentence behind that place of the log that matches. */
async function says({ worker }: ClockScene, pattern: RegExp, since: number): Promise<string> {
  return poll(String(pattern), () => worker.log.slice(since).find((line) => pattern.test(line)));
}

/** The master is there after the jump: the worker asks it, and stays. */
function survives(fault: string, jump: (clock: ManualClock) => void): Fault<ClockScene> {
  return {
    stage: "ready",
    fault,
    isFast: true,
    async run(scene): Promise<Outcome> {
      const since = scene.worker.log.length;
      jump(scene.clock);
      scene.clock.advance(10 * STEP_MS);
      const said = await says(scene, /^time has jumped by /, since);
      await says(scene, /^Master replied to keepalive/, since);
      if (!isReady(scene)) throw new Error(`the connection was lost: ${scene.worker.log.slice(since).join("\n")}`);
      return { said, noticedMs: undefined, readyMs: undefined, ending: "never lost" };
    },
  };
}

const faults: readonly Fault<ClockScene>[] = [
  survives("the host sleeps for an hour, and the connection survives", (clock) => clock.jumpWall(HOUR_MS)),
  survives("the worker's process is stopped for an hour, and the connection survives", (clock) => clock.stall(HOUR_MS)),
  {
    stage: "ready",
    fault: "the system clock is set back by a day",
    isFast: true,
    async run(scene) {
      const since = scene.worker.log.length;
      scene.clock.jumpWall(-24 * HOUR_MS);
      scene.clock.advance(KEEPALIVE_SECONDS * 1000);
      await says(scene, /^Master replied to keepalive/, since);
      const lost = scene.worker.log.slice(since).find((line) => /jumped|lost/.test(line));
      if (lost !== undefined) throw new Error(lost);
      return { said: "not affected", noticedMs: undefined, readyMs: undefined, ending: "never lost" };
    },
  },
  {
    stage: "ready",
    fault: "the host sleeps for an hour, and the connection is dead when it wakes (on a simulated clock)",
    isFast: true,
    async run(scene) {
      const since = scene.worker.log.length;
      for (const direction of ["toMaster", "toWorker"] as const) scene.relay.freeze(direction);
      scene.clock.jumpWall(HOUR_MS);
      const wokeMs = scene.clock.nowMs();
      await poll("the loss", () => {
        if (isReady(scene)) scene.clock.advance(STEP_MS);
        return !isReady(scene);
      });
      const noticedMs = scene.clock.nowMs() - wokeMs;
      const limitMs = (KEEPALIVE_SECONDS + DEADLINE_SECONDS) * 1000;
      if (noticedMs > limitMs) throw new Error(`noticed after ${noticedMs} ms only`);
      const said = await says(scene, /^connection lost: /, since);
      for (const direction of ["toMaster", "toWorker"] as const) scene.relay.thaw(direction);
      const mendedMs = scene.clock.nowMs();
      await poll("the next connection", () => {
        if (scene.worker.service.connectionStatus().phase === "waiting") scene.clock.advance(STEP_MS / 100);
        return isReady(scene);
      });
      const readyMs = scene.clock.nowMs() - mendedMs;
      return { said: said.replace(/:\d+ has/, ":PORT has"), noticedMs, readyMs, ending: "ready again" };
    },
  },
];

export const clockLane: Lane = lane<ClockScene>({
  title: "clocks",
  faults,
  async open() {
    const clock = new ManualClock();
    const master = await FakeMaster.listen();
    const relay = await Relay.listen({ port: master.port });
    const worker = await startTestWorker({
      port: relay.port,
      keepaliveSeconds: KEEPALIVE_SECONDS,
      keepaliveDeadlineSeconds: DEADLINE_SECONDS,
      settings: { clock },
    });
    const scene = { clock, master, relay, worker };
    await poll("the worker to be ready", () => isReady(scene));
    return scene;
  },
  async end({ clock, master, relay, worker }) {
    await worker.end();
    await relay.close();
    await master.close();
    const bugs = worker.bugs.map((bug) => String(bug));
    const timers = clock.timerCount === 0 ? [] : [`timers: ${clock.timerCount} after the end`];
    return { before: { timers: 0 }, after: { timers: clock.timerCount }, leaks: [...bugs, ...timers] };
  },
});
