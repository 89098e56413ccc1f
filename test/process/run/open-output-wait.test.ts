import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { HELD_OUTPUT_MS, LONGEST_HELD_OUTPUT_MS, OpenOutputWait } from "../../../src/process/run/open-output-wait.ts";
import type { ListedProcess } from "../../../src/process/tree/process-list.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const holder: ListedProcess = { pid: 12, program: "server", parent: 1, group: 12, session: 12, startTicks: 5 };

function watch({ holders = [] as readonly ListedProcess[], lingerLimitMs = 0 } = {}) {
  const clock = new ManualClock();
  const looksMs: number[] = [];
  const told: string[] = [];
  const tree = {
    outputHolders() {
      looksMs.push(clock.nowMs());
      return Promise.resolve(holders);
    },
  };
  const held = new OpenOutputWait({
    tree,
    clock,
    lingerLimitMs,
    onHeld: (some) => told.push(`held by ${some.length}`),
    onTooLong: (some) => told.push(`too long by ${some.length}`),
  });
  const advance = async (ms: number, stepMs = 1000) => {
    for (let left = ms; left > 0; left -= stepMs) {
      clock.advance(Math.min(left, stepMs));
      await setImmediate();
    }
  };
  return { clock, looksMs, told, held, advance };
}

test("holders of the output are reported once, and not looked for any more", async () => {
  const { looksMs, told, advance, clock } = watch({ holders: [holder] });
  await advance(10 * HELD_OUTPUT_MS);
  expect(told).toEqual(["held by 1"]);
  expect(looksMs).toEqual([HELD_OUTPUT_MS]);
  expect(clock.timerCount).toBe(0);
});

test("each look that finds no holder doubles the time to the next, up to the longest", async () => {
  const { looksMs, told, held, advance, clock } = watch();
  await advance(4 * LONGEST_HELD_OUTPUT_MS);
  const pausesMs = looksMs.map((atMs, index) => atMs - (looksMs[index - 1] ?? 0));
  expect(pausesMs.slice(0, 3)).toEqual([HELD_OUTPUT_MS, 2 * HELD_OUTPUT_MS, 4 * HELD_OUTPUT_MS]);
  expect(pausesMs.at(-1)).toBe(LONGEST_HELD_OUTPUT_MS);
  expect(told).toEqual([]);
  held.cancel();
  expect(clock.timerCount).toBe(0);
});

test("while it is paused it does not look for holders, and no time counts", async () => {
  const { looksMs, told, held, advance } = watch({ lingerLimitMs: 60_000 });
  held.pause();
  await advance(10 * 60_000);
  expect([looksMs, told]).toEqual([[], []]);
  held.resume();
  await advance(60_000);
  expect(told).toEqual(["too long by 0"]);
});

test("nothing is reported after the end", async () => {
  const { told, held, clock } = watch({ holders: [holder], lingerLimitMs: HELD_OUTPUT_MS });
  clock.advance(HELD_OUTPUT_MS);
  held.cancel();
  await setImmediate();
  expect(told).toEqual([]);
});
