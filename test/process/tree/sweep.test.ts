import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { ListedProcess } from "../../../src/process/tree/process-list.ts";
import { SURE_LOOKS, SWEEP_LIMIT_MS, sweep, UNSURE_LOOKS } from "../../../src/process/tree/sweep.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const one: ListedProcess = { pid: 12, program: "stuck", parent: 1, group: 12, session: 12, startTicks: 5 };

/** A tree of which `looks` tell, one after the other, what still runs. */
function treeOf(looks: (readonly ListedProcess[] | undefined)[]) {
  const signals: string[] = [];
  return {
    signals,
    isSure: true,
    lookMs: 0,
    signal(signal: string) {
      signals.push(signal);
      return Promise.resolve(looks.length > 1 ? looks.shift() : looks[0]);
    },
  };
}

async function push(clock: ManualClock, done: Promise<unknown>): Promise<void> {
  const state = { over: false };
  void done.then(() => {
    state.over = true;
  });
  await setImmediate();
  while (!state.over) {
    clock.advance(1);
    await setImmediate();
  }
}

test("a tree is killed until nothing of it runs", async () => {
  const clock = new ManualClock();
  const tree = treeOf([[one], [one], []]);
  const left = sweep(tree, clock);
  await push(clock, left);
  expect(await left).toEqual([]);
  expect(tree.signals).toEqual(Array.from({ length: 2 + SURE_LOOKS }, () => "SIGKILL"));
});

test("what survives the time limit is reported", async () => {
  const clock = new ManualClock();
  const left = sweep(treeOf([[one]]), clock);
  await push(clock, left);
  expect(await left).toEqual([one]);
  expect(clock.nowMs()).toBe(SWEEP_LIMIT_MS);
  expect(clock.timerCount).toBe(0);
});

test("a scan that takes longer than the limit is repeated, since what it found was signalled only then", async () => {
  const clock = new ManualClock();
  const tree = treeOf([[one], []]);
  const signal = tree.signal.bind(tree);
  tree.signal = (name) => {
    if (tree.signals.length === 0) clock.advance(2 * SWEEP_LIMIT_MS);
    return signal(name);
  };
  const left = sweep(tree, clock);
  await push(clock, left);
  expect(await left).toEqual([]);
});

test("without /proc, only a signal is sent", async () => {
  const clock = new ManualClock();
  const tree = treeOf([undefined]);
  expect(await sweep(tree, clock)).toEqual([]);
  expect(tree.signals).toEqual(["SIGKILL"]);
});

test("it is looked again, but not for long, when a process could not be looked into", async () => {
  const clock = new ManualClock();
  const tree = { ...treeOf([[one], []]), isSure: false };
  const left = sweep(tree, clock);
  await push(clock, left);
  expect(await left).toEqual([]);
  expect(tree.signals).toHaveLength(1 + UNSURE_LOOKS);
  expect(clock.nowMs()).toBeLessThan(SWEEP_LIMIT_MS);
});

test("slow scans are less frequent", async () => {
  const clock = new ManualClock();
  const fast = treeOf([[one]]);
  await push(clock, sweep(fast, clock));
  const slow = { ...treeOf([[one]]), lookMs: 380 };
  await push(clock, sweep(slow, clock));
  expect(slow.signals.length).toBeLessThan(fast.signals.length / 15);
});
