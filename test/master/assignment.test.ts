import { expect, test } from "vitest";
import { type AssignableWorker, nextAssignment, waitsFor } from "../../src/master/assignment.ts";

function worker(name: string, more: Partial<AssignableWorker> = {}): AssignableWorker {
  return { name, builders: ["a", "b"], maxBuilds: undefined, takesBuilds: true, running: [], ...more };
}

const waiting = [
  { id: 1, builder: "a" },
  { id: 2, builder: "a" },
  { id: 3, builder: "b" },
];

test("the oldest request is built first, when no builder has had a turn", () => {
  expect(nextAssignment({ waiting, workers: [worker("w1")], lastTurns: new Map() })).toEqual({
    request: { id: 1, builder: "a" },
    worker: "w1",
  });
});

test("builders take turns", () => {
  const lastTurns = new Map([["a", 1]]);
  expect(nextAssignment({ waiting, workers: [worker("w1")], lastTurns })?.request.id).toBe(3);
});

test("a request whose workers are busy keeps nobody else waiting", () => {
  const workers = [worker("w1", { running: ["a"] })];
  expect(nextAssignment({ waiting, workers, lastTurns: new Map() })?.request.id).toBe(3);
});

test("the worker with the fewest builds is taken, and of several the first", () => {
  const workers = [worker("w1", { running: ["b"] }), worker("w2"), worker("w3")];
  expect(nextAssignment({ waiting, workers, lastTurns: new Map() })?.worker).toBe("w2");
});

test.each([
  ["is shutting down", { takesBuilds: false }],
  ["does not have the builder", { builders: ["c"] }],
  ["has as many builds as it may", { maxBuilds: 1, running: ["c"] }],
  ["builds all that waits", { running: ["a", "b"] }],
])("a worker gets nothing when it %s", (_what, more) => {
  expect(nextAssignment({ waiting, workers: [worker("w1", more)], lastTurns: new Map() })).toBeUndefined();
});

test.each<[string, readonly AssignableWorker[]]>([
  ["no worker of this builder is attached", []],
  ["no worker of this builder is attached", [worker("w1", { builders: ["b"] })]],
  ["the workers of this builder that are attached are shutting down", [worker("w1", { takesBuilds: false })]],
  ["worker 'w1' is busy", [worker("w1", { running: ["a"] })]],
  [
    "all workers of this builder are busy: 'w1', 'w2'",
    [worker("w1", { running: ["a"] }), worker("w2", { maxBuilds: 1, running: ["b"] })],
  ],
  ["it is next", [worker("w1")]],
])("a request says what it waits for: %s", (sentence, workers) => {
  expect(waitsFor("a", workers)).toBe(sentence);
});
