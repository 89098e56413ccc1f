// A master that reads its configuration again and again while builds run: no build is lost, and its memory does not grow.
import { afterAll, beforeAll, expect, test } from "vitest";
import { poll } from "../support/poll.ts";
import { sized } from "../support/sized.ts";
import { RunningCi } from "./running-ci.ts";

/** Each mistake at least once. */
const RELOADS = sized(8, 200);
const MIB = 2 ** 20;
/** Of the second half of the reloads; the heap grows and shrinks by some. */
const GROWTH_LIMIT_BYTES = 24 * MIB;

let ci: RunningCi;

beforeAll(() => {
  ci = new RunningCi(variation(0));
  return ci.ready();
});
afterAll(() => ci.close());

/** A builder that comes and goes, and steps that change. */
function variation(round: number): Readonly<Record<string, unknown>> {
  const names = ["a", "b", ...(round % 4 === 0 ? ["sometimes"] : [])];
  return {
    title: `Round ${round}`,
    mergeRequests: false,
    builders: names.map((name) => ({ name, workers: ["w1", "w2"], steps: [{ shell: `echo ${round}` }] })),
    schedulers: [{ branch: { builders: ["a", "b"] } }],
    retention: { buildsPerBuilder: 100 },
  };
}

const mistakes: readonly (readonly [mistake: Readonly<Record<string, unknown>>, fault: string])[] = [
  [{ builders: [] }, "expected at least one, got an empty list"],
  [{ titel: "x" }, "unknown key 'titel'"],
  [{ schedulers: [{ branch: { builders: ["none"] } }] }, "there is no builder 'none'"],
  [{ secrets: { gone: { file: "gone" } } }, "cannot be read"],
];

test("a refused file is reported with the place of its faults, and what needs a restart is named", async () => {
  ci.configure({ ...variation(1), tilte: "x" });
  expect(await ci.reload()).toBe(false);
  expect(ci.log()).toMatch(/master\.yaml was not reloaded, .*:\n.*master\.yaml:\d+:1: unknown key 'tilte'/);
  ci.configure({ ...variation(1), listeners: [{ protocol: "pb", port: 1 }] });
  expect(await ci.reload()).toBe(true);
  expect(ci.log()).toContain("master.yaml was reloaded; changes of listeners need a restart");
});

test("reloads under load, with a mistake in every second file", { timeout: 300_000 }, async () => {
  await Promise.all([ci.attach("w1"), ci.attach("w2")]);
  let accepted = 0;
  const load = { isOver: false };
  const sending = (async () => {
    while (!load.isOver) {
      // The queue stays short, so that the load is the same throughout.
      await poll("room in the queue", () => 2 * accepted - ci.ended().length < 20);
      const revision = (accepted + 1).toString(16).padStart(40, "0");
      expect((await ci.push({ branch: "main", revision })).status).toBe(202);
      accepted += 1;
    }
  })();
  let middleBytes = 0;
  for (let round = 1; round <= RELOADS; round += 1) {
    const [mistake, fault] = round % 2 === 0 ? mistakes[(round / 2) % mistakes.length]! : [undefined, ""];
    ci.configure({ ...variation(round), ...mistake });
    expect(await ci.reload()).toBe(mistake === undefined);
    if (mistake !== undefined) expect(ci.log()).toContain(fault);
    if (round === RELOADS / 2) middleBytes = ci.memoryBytes();
  }
  const grownBytes = ci.memoryBytes() - middleBytes;
  load.isOver = true;
  await sending;
  await poll("all builds to end", () => ci.ended().length === 2 * accepted);
  expect(ci.ended().filter((end) => !end.endsWith("SUCCESS"))).toEqual([]);
  expect(new Set(ci.ended().map((end) => end.split(" on ")[0])).size).toBe(2 * accepted);
  expect(accepted).toBeGreaterThan(RELOADS / 10);
  expect(grownBytes).toBeLessThan(GROWTH_LIMIT_BYTES);
});
