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

test("a request whose workers are busy does not delay others", () => {
  const workers = [worker("w1", { running: ["a"] })];
  expect(nextAssignment({ waiting, workers, lastTurns: new Map() })?.request.id).toBe(3);
});

test("the worker with the fewest builds is chosen, or the first of several", () => {
  const workers = [worker("w1", { running: ["b"] }), worker("w2"), worker("w3")];
  expect(nextAssignment({ waiting, workers, lastTurns: new Map() })?.worker).toBe("w2");
});

test.each([
  ["is shutting down", { takesBuilds: false }],
  ["does not have the builder", { builders: ["c"] }],
  ["has its maximum of builds", { maxBuilds: 1, running: ["c"] }],
  ["is already building for every waiting builder", { running: ["a", "b"] }],
])("a worker gets no build when it %s", (_what, more) => {
  expect(nextAssignment({ waiting, workers: [worker("w1", more)], lastTurns: new Map() })).toBeUndefined();
});

test.each<[string, readonly AssignableWorker[]]>([
  ["a worker to attach", []],
  ["a worker to attach", [worker("w1", { builders: ["b"] })]],
  ["another worker: those attached are shutting down", [worker("w1", { takesBuilds: false })]],
  ["worker 'w1'", [worker("w1", { running: ["a"] })]],
  ["one of the workers 'w1', 'w2'", [worker("w1", { running: ["a"] }), worker("w2", { maxBuilds: 1, running: ["b"] })]],
  ["its turn", [worker("w1")]],
])("a request says what it waits for: %s", (sentence, workers) => {
  expect(waitsFor("a", workers)).toBe(sentence);
});
