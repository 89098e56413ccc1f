import { beforeEach, describe, expect, it } from "vitest";
import { GracefulShutdown } from "../../src/daemon/graceful-shutdown.ts";
import type { ShutdownAnswer } from "../../src/worker/shutdown-request.ts";
import { ManualClock } from "../support/manual-clock.ts";

const TELLING = "Telling the master we want to shutdown after any running builds are finished";
const SIGTERM_IN_A_MINUTE = { by: "SIGTERM", limitMs: 60_000 };

/** A worker that is logged in, or not, and whose master answers when the test says so. */
class FakeWorker {
  isLoggedIn = true;
  /** Why its master cannot be asked. */
  unasked: string | undefined;
  runningCommands = 1;
  readonly asked: { answer: (answer: ShutdownAnswer) => Promise<void>; lose: () => Promise<void> }[] = [];

  askShutdown() {
    if (!this.isLoggedIn) return undefined;
    let settle: (answer: ShutdownAnswer) => void = () => {};
    let lose: (value: unknown) => void = () => {};
    const answer = new Promise<ShutdownAnswer>((resolve) => {
      settle = resolve;
    });
    const lost = new Promise<unknown>((resolve) => {
      lose = resolve;
    });
    this.asked.push({
      async answer(given) {
        settle(given);
        await turn();
      },
      async lose() {
        lose(undefined);
        await turn();
      },
    });
    return this.unasked === undefined ? { answer, lost } : { unasked: this.unasked, lost };
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

let clock: ManualClock;
let worker: FakeWorker;
let log: string[];
let ends: number;
let graceful: GracefulShutdown;

beforeEach(() => {
  clock = new ManualClock();
  worker = new FakeWorker();
  log = [];
  ends = 0;
  graceful = new GracefulShutdown({
    clock,
    log: (text) => void log.push(text),
    worker,
    unaskedLimitMs: 3_600_000,
    quietMs: 10_000,
    onEnd: () => {
      ends += 1;
    },
  });
});

describe("asking for a graceful shutdown", () => {
  it("ends at once without a master", () => {
    worker.isLoggedIn = false;
    worker.runningCommands = 0;
    graceful.ask("we got SIGHUP");
    expect(log).toEqual(["Initiating shutdown because we got SIGHUP", "No active connection, shutting down NOW"]);
    expect(ends).toBe(1);
  });

  it("leaves the end to a master that agrees", async () => {
    graceful.ask("we got SIGHUP");
    await worker.asked[0]?.answer({ state: "agreed" });
    expect(log.slice(0, 2)).toEqual(["Initiating shutdown because we got SIGHUP", TELLING]);
    expect([ends, clock.timerCount]).toEqual([0, 0]);
  });

  it("ends when the connection is lost after the master agreed", async () => {
    graceful.ask("we got SIGHUP");
    await worker.asked[0]?.answer({ state: "agreed" });
    await worker.asked[0]?.lose();
    expect(log.at(-1)).toBe("the connection is lost, and with it the running commands, shutting down NOW");
    expect(ends).toBe(1);
  });

  it("ends when the connection is lost before the master has answered", async () => {
    graceful.ask("we got SIGHUP");
    await worker.asked[0]?.answer({ state: "lost" });
    await worker.asked[0]?.lose();
    expect(ends).toBe(1);
  });

  it("keeps the worker running when the master refuses, even after a lost connection, and asks again on request", async () => {
    graceful.ask("we got SIGHUP");
    await worker.asked[0]?.answer({ state: "refused", reason: "No such method: perspective_shutdown" });
    await worker.asked[0]?.lose();
    expect(log.at(-1)).toBe(
      "the master does not shut this worker down (No such method: perspective_shutdown); the worker continues",
    );
    expect(ends).toBe(0);
    graceful.ask("/w/shutdown.stamp was touched");
    expect(worker.asked).toHaveLength(2);
    expect(log.slice(-2)).toEqual(["Initiating shutdown because /w/shutdown.stamp was touched", TELLING]);
  });

  it("waits for an answer instead of asking again", () => {
    for (let i = 0; i < 100; i += 1) graceful.ask("we got SIGHUP");
    expect(worker.asked).toHaveLength(1);
  });
});

describe("with a master that starts a build before the worker is attached", () => {
  const WAITING = "a build is starting, but the worker is not attached yet; it asks the master then";

  it.each<[string, () => void]>([
    ["asking", () => graceful.ask("we got SIGHUP")],
    ["draining", () => graceful.drain({ by: "SIGUSR2", limitMs: 0 })],
  ])("%s waits until that can be asked, and says so once", async (_, begin) => {
    worker.isLoggedIn = false;
    for (let i = 0; i < 3; i += 1) begin();
    clock.advance(10_000);
    expect([ends, worker.asked.length]).toEqual([0, 0]);
    expect(log.filter((line) => line === WAITING)).toHaveLength(1);
    worker.isLoggedIn = true;
    clock.advance(1000);
    expect(worker.asked).toHaveLength(1);
    await worker.asked[0]?.answer({ state: "agreed" });
    expect([ends, clock.timerCount]).toEqual([0, 0]);
  });

  it("ends when those commands have ended and the worker is still not attached", () => {
    worker.isLoggedIn = false;
    graceful.ask("we got SIGHUP");
    worker.runningCommands = 0;
    clock.advance(1000);
    expect(log.at(-1)).toBe("No active connection, shutting down NOW");
    expect([ends, clock.timerCount]).toEqual([1, 0]);
  });

  it("has no timer after it is closed", () => {
    worker.isLoggedIn = false;
    graceful.ask("we got SIGHUP");
    graceful.close();
    expect(clock.timerCount).toBe(0);
  });
});

describe("draining", () => {
  it("asks the master and leaves the end to it", async () => {
    graceful.drain({ by: "SIGUSR2", limitMs: 0 });
    await worker.asked[0]?.answer({ state: "agreed" });
    expect(log.slice(0, 2)).toEqual([
      "draining: requested by SIGUSR2; waiting for running builds, without a time limit; running commands: 1",
      TELLING,
    ]);
    clock.advance(365 * 86_400_000);
    expect(ends).toBe(0);
  });

  it("ends at its limit, whatever the master answered", async () => {
    graceful.drain(SIGTERM_IN_A_MINUTE);
    await worker.asked[0]?.answer({ state: "agreed" });
    clock.advance(59_999);
    expect(ends).toBe(0);
    clock.advance(1);
    expect(log.at(-1)).toBe("draining: the limit of 1 min is reached; running commands are killed (drained for 1 min)");
    expect([ends, clock.timerCount]).toEqual([1, 0]);
  });

  it("ends at its limit when the master does not even answer", () => {
    graceful.drain(SIGTERM_IN_A_MINUTE);
    clock.advance(60_000);
    expect(ends).toBe(1);
  });

  it("waits until no command has run for ten seconds when the master refuses", async () => {
    graceful.drain({ by: "SIGTERM", limitMs: 3_600_000 });
    await worker.asked[0]?.answer({ state: "refused", reason: "no" });
    expect(log.at(-1)).toBe("draining: the master does not help (no); waiting until no command has run for 10 s");
    clock.advance(100_000);
    worker.runningCommands = 0;
    clock.advance(8_000);
    worker.runningCommands = 1;
    clock.advance(1_000);
    worker.runningCommands = 0;
    clock.advance(9_500);
    expect(ends).toBe(0);
    clock.advance(1_500);
    expect(log.at(-1)).toBe("draining: no command has run for 10 s (drained for 1 min 59 s)");
    expect([ends, clock.timerCount]).toEqual([1, 0]);
  });

  it("ends when the connection is lost", async () => {
    graceful.drain(SIGTERM_IN_A_MINUTE);
    await worker.asked[0]?.answer({ state: "refused", reason: "no" });
    await worker.asked[0]?.lose();
    expect([ends, clock.timerCount]).toEqual([1, 0]);
  });

  it("takes a limit from a later request, and reuses a pending question to the master", async () => {
    graceful.ask("we got SIGHUP");
    graceful.drain({ by: "SIGUSR2", limitMs: 0 });
    graceful.drain(SIGTERM_IN_A_MINUTE);
    expect(worker.asked).toHaveLength(1);
    await worker.asked[0]?.answer({ state: "refused", reason: "no" });
    expect(ends).toBe(0);
    clock.advance(60_000);
    expect([ends, clock.timerCount]).toEqual([1, 0]);
  });

  it("does nothing and has no timer after it is closed", async () => {
    graceful.drain(SIGTERM_IN_A_MINUTE);
    graceful.close();
    await worker.asked[0]?.answer({ state: "refused", reason: "no" });
    await worker.asked[0]?.lose();
    const said = log.length;
    graceful.ask("we got SIGHUP");
    graceful.drain(SIGTERM_IN_A_MINUTE);
    expect([ends, clock.timerCount, log.length]).toEqual([0, 0, said]);
  });
});

describe("a master that cannot be asked", () => {
  const QUIET = "draining: the master does not help (there are no words); waiting until no command has run for 10 s";

  beforeEach(() => {
    worker.unasked = "there are no words";
  });

  it("is not asked: the worker waits until no command has run for a while, and logs both", () => {
    graceful.ask("we got SIGHUP");
    expect(log).toEqual([
      "Initiating shutdown because we got SIGHUP",
      "the master may start more builds; waiting for at most 1 h",
      QUIET,
    ]);
    clock.advance(60_000);
    expect(ends).toBe(0);
    worker.runningCommands = 0;
    clock.advance(9_000);
    const waiting = "draining: no command runs; the worker ends unless the master starts one within 10 s";
    expect(log.at(-1)).toBe(waiting);
    worker.runningCommands = 1;
    clock.advance(60_000);
    worker.runningCommands = 0;
    clock.advance(9_500);
    expect(ends).toBe(0);
    clock.advance(1_000);
    expect(log.slice(3)).toEqual([waiting, waiting, "draining: no command has run for 10 s"]);
    expect([ends, clock.timerCount]).toEqual([1, 0]);
  });

  it("delays the end at most until the limit, even if it starts build after build", () => {
    graceful.ask("we got SIGHUP");
    clock.advance(3_599_999);
    expect(ends).toBe(0);
    clock.advance(1);
    expect(log.at(-1)).toBe("draining: the limit of 1 h is reached; running commands are killed");
    expect([ends, clock.timerCount]).toEqual([1, 0]);
  });

  it("delays the end for the time limit of SIGTERM", () => {
    graceful.drain(SIGTERM_IN_A_MINUTE);
    expect(log.filter((line) => line.includes("meanwhile"))).toEqual([]);
    clock.advance(60_000);
    expect(ends).toBe(1);
  });

  it("does not delay the end after the connection is lost", async () => {
    graceful.ask("we got SIGHUP");
    await worker.asked[0]?.lose();
    expect(log.at(-1)).toBe("the connection is lost, and with it the running commands, shutting down NOW");
    expect([ends, clock.timerCount]).toEqual([1, 0]);
  });
});
