import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { beginAsyncSpawn, CROWD, takeSpawnSlot } from "../../../src/process/spawn/spawn-queue.ts";

test("one start has each turn of the event loop, in the order in which they were asked for", async () => {
  const started: string[] = [];
  for (const name of ["a", "b", "c"]) void takeSpawnSlot().then(() => started.push(name));
  await Promise.resolve().then(() => {});
  expect(started).toEqual(["a"]);
  for (const names of ["ab", "abc"]) {
    const before = started.length;
    while (started.length === before) await setImmediate();
    expect(started.join("")).toBe(names);
  }
});

test("the first start does not wait", async () => {
  await setImmediate();
  await setImmediate();
  let isStarted = false;
  void takeSpawnSlot().then(() => {
    isStarted = true;
  });
  await Promise.resolve();
  expect(isStarted).toBe(true);
});

test("turns wait while three starts are under way", async () => {
  const started: string[] = [];
  const underWay: (() => void)[] = [];
  const start = async (name: string) => {
    await takeSpawnSlot();
    started.push(name);
    underWay.push(beginAsyncSpawn());
  };
  const all = Promise.all(["a", "b", "c", "d", "e"].map(start));
  while (started.length < 3) await setImmediate();
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
  expect(started.join("")).toBe("abc");
  underWay.shift()?.();
  while (started.length < 4) await setImmediate();
  for (const end of underWay.splice(0)) end();
  await all;
  for (const end of underWay.splice(0)) end();
  expect(started.join("")).toBe("abcde");
});

test("a crowd is reported only to late callers", async () => {
  for (let turn = 0; turn < 3; turn += 1) await setImmediate(); // so that nobody's turn is left
  let crowds = 0;
  const onCrowd = () => {
    crowds += 1;
  };
  const all = Array.from({ length: CROWD + 1 }, () => takeSpawnSlot(onCrowd));
  expect(crowds).toBe(0);
  all.push(takeSpawnSlot(onCrowd));
  expect(crowds).toBe(1);
  await Promise.all(all);
});
