import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { startTurn } from "../../src/process/start-turns.ts";

test("one start has each turn of the event loop, in the order in which they were asked for", async () => {
  const started: string[] = [];
  for (const name of ["a", "b", "c"]) void startTurn().then(() => started.push(name));
  await Promise.resolve().then(() => {});
  expect(started).toEqual(["a"]);
  for (const names of ["ab", "abc"]) {
    const before = started.length;
    while (started.length === before) await setImmediate();
    expect(started.join("")).toBe(names);
  }
});

test("a start that nobody was before waits for nothing", async () => {
  await setImmediate();
  await setImmediate();
  let isStarted = false;
  void startTurn().then(() => {
    isStarted = true;
  });
  await Promise.resolve();
  expect(isStarted).toBe(true);
});
