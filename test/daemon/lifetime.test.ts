import { expect, it } from "vitest";
import { watchLifetime } from "../../src/daemon/lifetime.ts";
import { ManualClock } from "../support/manual-clock.ts";

const MINUTE = 60_000;

function rig(options: { readonly idleTimeoutMs?: number; readonly maxUptimeMs?: number }) {
  const clock = new ManualClock();
  const over: string[] = [];
  let idleSinceMs: number | undefined = 0;
  const end = watchLifetime({
    clock,
    idleTimeoutMs: 0,
    maxUptimeMs: 0,
    ...options,
    idleMs: () => (idleSinceMs === undefined ? 0 : clock.nowMs() - idleSinceMs),
    onLimit: (option) => over.push(option),
  });
  return {
    clock,
    over,
    end,
    begin: () => {
      idleSinceMs = undefined;
    },
    finish: () => {
      idleSinceMs = clock.nowMs();
    },
  };
}

it("a worker ends once after its idle time", () => {
  const { clock, over } = rig({ idleTimeoutMs: 10 * MINUTE });
  clock.advance(10 * MINUTE - 1);
  expect(over).toEqual([]);
  clock.advance(1);
  clock.advance(60 * MINUTE);
  expect(over).toEqual(["--idle-timeout"]);
});

it("the idle time counts from the end of the last command", () => {
  const { clock, over, begin, finish } = rig({ idleTimeoutMs: 10 * MINUTE });
  clock.advance(5 * MINUTE);
  begin();
  clock.advance(60 * MINUTE);
  finish();
  clock.advance(10 * MINUTE - 1);
  expect(over).toEqual([]);
  clock.advance(1);
  expect(over).toEqual(["--idle-timeout"]);
});

it("a worker ends after its maximum uptime, whether idle or not", () => {
  const { clock, over, begin } = rig({ maxUptimeMs: 60 * MINUTE });
  begin();
  clock.advance(60 * MINUTE);
  expect(over).toEqual(["--max-uptime"]);
});

it("no timer is left, and none is set without a limit", () => {
  expect(rig({}).clock.timerCount).toBe(0);
  const { clock, end } = rig({ idleTimeoutMs: MINUTE, maxUptimeMs: MINUTE });
  end();
  expect(clock.timerCount).toBe(0);
});
