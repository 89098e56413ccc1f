// Queries for builds: each column can be compared and sorted by, and no value gets into the text of a statement.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BuildCondition, BuildQuery } from "../../../src/master/master-view.ts";
import { TestStore } from "./test-store.ts";

let made: TestStore;

beforeEach(() => {
  made = new TestStore();
  for (const [builder, result] of [
    ["b1", "SUCCESS"],
    ["b2", "FAILURE"],
    ["b1", "EXCEPTION"],
  ] as const) {
    made.store.endBuild(made.beginBuild(builder), { result, stateText: `ended ${result}` });
  }
  const running = made.beginBuild("b1");
  made.store.builds.setProperties(running.id, new Map([["branch", "main"]]));
});
afterEach(() => made.remove());

function ids(query: Partial<BuildQuery>): readonly number[] {
  const whole = { limit: 10, ...query };
  const found = made.store.builds.list(whole).map(({ id }) => id);
  expect(made.store.builds.count({ ...whole, limit: 1 })).toBe(found.length);
  return found;
}

const where = (
  column: BuildCondition["column"],
  operator: BuildCondition["operator"],
  ...values: (string | number | boolean | null)[]
) => ids({ where: [{ column, operator, values }] });

test("without conditions, the newest comes first", () => {
  expect(ids({})).toEqual([4, 3, 2, 1]);
  expect(made.store.builds.list({ limit: 2, offset: 1 }).map(({ id }) => id)).toEqual([3, 2]);
});

test("each condition finds its builds", () => {
  expect(where("result", "eq", 2, 4)).toEqual([3, 2]);
  expect(where("result", "ne", 0)).toEqual([4, 3, 2]);
  expect(where("result", "eq", null)).toEqual([4]);
  expect(where("isComplete", "eq", false)).toEqual([4]);
  expect(where("branch", "eq", "main")).toEqual([4]);
  expect(where("number", "ge", 2)).toEqual([4, 3]);
  expect(where("id", "lt", 2)).toEqual([1]);
  expect(where("builder", "eq", "b2")).toEqual([2]);
  expect(where("worker", "eq", "w1")).toHaveLength(4);
  expect(where("requestId", "eq", 3)).toEqual([3]);
  expect(where("stateText", "contains", "FAIL")).toEqual([2]);
  expect(where("startedAtSeconds", "gt", 9e12)).toEqual([]);
  expect(where("endedAtSeconds", "eq", null)).toEqual([4]);
  expect(where("builder", "eq", "' OR 1 --")).toEqual([]);
  expect(where("builder", "eq")).toEqual([]);
});

test("the previous result is that of the same branch, and damaged properties do not hide it", () => {
  const { store } = made;
  const [last] = store.builds.list({ limit: 1 });
  store.endBuild(last!, { result: "FAILURE", stateText: "failed" });
  const next = made.beginBuild("b1");
  expect(store.builds.previousResult(next)).toBe("EXCEPTION");
  expect(store.builds.previousResult({ ...next, properties: new Map([["branch", "main"]]) })).toBe("FAILURE");
  made.damage("UPDATE builds SET properties = '{' WHERE id = 4");
  expect(made.store.builds.previousResult(next)).toBe("FAILURE");
});

test("builds are sorted by columns, then newest first", () => {
  expect(ids({ order: [{ column: "builder", isDescending: true }] })).toEqual([2, 4, 3, 1]);
  expect(ids({ order: [{ column: "id", isDescending: false }] })).toEqual([1, 2, 3, 4]);
});

test("builds, steps and logs are found by their ids, and all waiting requests are removed at once", () => {
  const { builds, logs, requests } = made.store;
  const [step] = builds.steps(4);
  const log = logs.begin(step?.id ?? 0, "stdio");
  expect([builds.withId(4)?.number, builds.idOfStep(step?.id ?? 0), logs.stepOf(log)]).toEqual([3, 4, step?.id]);
  expect([builds.withId(99), builds.idOfStep(99), logs.stepOf(99)]).toEqual([undefined, undefined, undefined]);
  const more = ["b1", "b2"].map((builder) =>
    requests.add({ builder, reason: "", submittedAtMs: 0, rebuildOf: undefined }),
  );
  expect(requests.removeWaiting()).toEqual(more);
  expect(requests.waiting()).toEqual([]);
});
