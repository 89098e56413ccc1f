import { describe, expect, it } from "vitest";
import { sessionErrors } from "../../src/session/errors.ts";
import { askForShutdown, type ShutdownAnswer } from "../../src/worker/shutdown-request.ts";
import { ManualClock } from "../support/manual-clock.ts";

const LIMIT_MS = 120_000;

function asked() {
  const clock = new ManualClock();
  const state = { lastReceivedMs: 0, ended: false, timeouts: 0 };
  let settle: (value: unknown) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const call = new Promise<unknown>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  const answer: Promise<ShutdownAnswer> = askForShutdown({
    clock,
    limitMs: LIMIT_MS,
    call: () => call,
    lastReceivedMs: () => state.lastReceivedMs,
    onTimeout() {
      state.timeouts += 1;
      state.ended = true;
      fail(sessionErrors.connectionLost("it is silent"));
    },
    hasEnded: () => state.ended,
  });
  return { clock, state, answer, settle, fail };
}

describe("asking a master for a shutdown", () => {
  it("ends with its consent", async () => {
    const { clock, answer, settle } = asked();
    settle(null);
    expect(await answer).toEqual({ state: "agreed" });
    expect(clock.timerCount).toBe(0);
  });

  it("ends with its refusal, and the reason", async () => {
    const { clock, answer, fail } = asked();
    fail(sessionErrors.remoteFailure("shutdown", "NoSuchMethod", "No such method: perspective_shutdown"));
    expect(await answer).toMatchObject({ state: "refused", reason: expect.stringContaining("perspective_shutdown") });
    expect(clock.timerCount).toBe(0);
  });

  it("ends with the connection", async () => {
    const { clock, state, answer, fail } = asked();
    state.ended = true;
    fail(sessionErrors.connectionLost("it is gone"));
    expect(await answer).toEqual({ state: "lost" });
    expect(clock.timerCount).toBe(0);
  });

  it("gives a connection up that is silent for the limit, and not before", async () => {
    const { clock, state, answer } = asked();
    clock.advance(LIMIT_MS - 1);
    state.lastReceivedMs = clock.nowMs();
    clock.advance(LIMIT_MS - 1);
    expect(state.timeouts).toBe(0);
    clock.advance(1);
    expect(state.timeouts).toBe(1);
    expect(await answer).toEqual({ state: "lost" });
    expect(clock.timerCount).toBe(0);
  });
});
