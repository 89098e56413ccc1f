import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { RetentionConfig } from "../../../src/master/master-config.ts";
import { TestStore } from "./test-store.ts";

const DAY_MS = 86_400_000;

const stores: TestStore[] = [];

function open(more: Partial<RetentionConfig>): TestStore {
  const made = new TestStore(more);
  stores.push(made);
  return made;
}

afterEach(() => {
  for (const store of stores.splice(0)) store.remove();
});

function build(made: TestStore, builder = "b1"): number {
  const row = made.beginBuild(builder);
  const log = made.beginLog(row);
  made.store.logs.append(log, "o", Buffer.from("text\n"));
  made.store.endBuild(row, { result: "SUCCESS", stateText: "succeeded" });
  return log;
}

function numbers(made: TestStore, builder = "b1"): readonly number[] {
  return made.store.builds.list({ builder, limit: 100 }).map(({ number }) => number);
}

function forgetAll(made: TestStore): void {
  while (made.store.deleteSome());
}

test("the newest builds of each builder are kept with their logs, and numbers continue", () => {
  const made = open({ buildsPerBuilder: 2 });
  const logs = [1, 2, 3, 4].map(() => build(made));
  build(made, "b2");
  forgetAll(made);
  expect(numbers(made)).toEqual([4, 3]);
  expect(numbers(made, "b2")).toEqual([1]);
  expect(logs.map((log) => made.store.logs.lines(log, 0, 10).length)).toEqual([0, 0, 1, 1]);
  build(made);
  expect(numbers(made)).toEqual([5, 4, 3]);
});

test("a builder without stored builds continues its numbers", () => {
  const made = open({ buildsPerBuilder: 0 });
  build(made);
  forgetAll(made);
  build(made);
  expect(numbers(made)).toEqual([2]);
});

test("builds are deleted a number of days after their end, running ones never", () => {
  const made = open({ days: 7 });
  build(made);
  made.beginBuild();
  made.clock.advance(4 * DAY_MS);
  build(made);
  made.clock.advance(3 * DAY_MS + 1);
  forgetAll(made);
  expect(numbers(made)).toEqual([3, 2]);
});

test("nothing is deleted without limits", () => {
  const made = open({});
  build(made);
  made.clock.advance(10_000 * DAY_MS);
  expect(made.store.deleteSome()).toBe(false);
  expect(numbers(made)).toEqual([1]);
});

test("the space of deleted builds is freed", () => {
  const made = open({ buildsPerBuilder: 1 });
  for (let count = 0; count < 3; count++) {
    const row = made.beginBuild();
    const log = made.beginLog(row);
    for (let kib = 0; kib < 2048; kib++)
      made.store.logs.append(log, "o", Buffer.from(`${randomBytes(512).toString("hex")}\n`));
    made.store.endBuild(row, { result: "SUCCESS", stateText: "succeeded" });
  }
  const sizeBytes = () => {
    made.reopen({ buildsPerBuilder: 1 });
    return statSync(join(made.directory, "state.sqlite")).size;
  };
  const before = sizeBytes();
  forgetAll(made);
  expect(sizeBytes()).toBeLessThan(before / 2);
});

test("many builds are deleted a few at a time", () => {
  const made = open({ buildsPerBuilder: 5 });
  for (let count = 0; count < 40; count++) build(made);
  expect(made.store.deleteSome()).toBe(true);
  expect(numbers(made)).toHaveLength(30);
  forgetAll(made);
  expect(numbers(made)).toEqual([40, 39, 38, 37, 36]);
});
