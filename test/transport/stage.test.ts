import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { runStage, type StageEnd } from "../../src/transport/stage.ts";
import { ManualClock } from "../support/manual-clock.ts";

function stage() {
  const clock = new ManualClock();
  const stop = new AbortController();
  const letGo: boolean[] = [];
  const begun: string[] = [];
  let end: StageEnd<string> | undefined;
  const run = (early?: (end: StageEnd<string>) => void) =>
    runStage<string>(
      { stage: "TLS", timeoutMs: 5000, late: "no answer" },
      { clock, signal: stop.signal, onStage: (name) => void begun.push(name), onWarning: () => {} },
      (given) => {
        end = given;
        early?.(given);
        return (failed) => void letGo.push(failed);
      },
    ).catch((error: unknown) => (error as Error).message);
  const left = () => [clock.timerCount, getEventListeners(stop.signal, "abort").length];
  return { clock, stop, letGo, begun, run, left, ended: () => end as StageEnd<string> };
}

describe("a stage of connecting", () => {
  it("ends with what it succeeds in, and only the first end counts", async () => {
    const { run, ended, letGo, left, begun } = stage();
    const outcome = run();
    expect(begun).toEqual(["TLS"]);
    ended().succeed("good");
    ended().succeed("better");
    ended().fail("bad");
    expect(await outcome).toBe("good");
    expect(letGo).toEqual([false]);
    expect(left()).toEqual([0, 0]);
  });

  it("fails with its name", async () => {
    const { run, ended, letGo, left } = stage();
    const outcome = run();
    ended().fail("bad");
    expect(await outcome).toBe("TLS: bad");
    expect(letGo).toEqual([true]);
    expect(left()).toEqual([0, 0]);
  });

  it("fails when its time is over", async () => {
    const { run, clock, letGo, left } = stage();
    const outcome = run();
    clock.advance(4999);
    expect(letGo).toEqual([]);
    clock.advance(1);
    expect(await outcome).toBe("TLS: no answer within 5 seconds");
    expect(letGo).toEqual([true]);
    expect(left()).toEqual([0, 0]);
  });

  it("fails when the worker stops, also before it began", async () => {
    for (const early of [true, false]) {
      const { run, stop, letGo, left } = stage();
      if (early) stop.abort();
      const outcome = run();
      if (!early) stop.abort();
      expect(await outcome).toBe("TLS: aborted, because the worker is stopping");
      expect(letGo).toEqual([true]);
      expect(left()).toEqual([0, 0]);
    }
  });

  it("may end while it begins", async () => {
    for (const [early, outcome, failed] of [
      [(end: StageEnd<string>) => end.succeed("good"), "good", false],
      [(end: StageEnd<string>) => end.fail("bad"), "TLS: bad", true],
    ] as const) {
      const { run, letGo, left } = stage();
      expect(await run(early)).toBe(outcome);
      expect(letGo).toEqual([failed]);
      expect(left()).toEqual([0, 0]);
    }
  });
});
