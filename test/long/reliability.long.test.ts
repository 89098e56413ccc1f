// Every fault of the laboratory, on the built program: it says what it met, comes back or ends as documented, and nothing is
// left of any of them. Writes docs/measurements/reliability.md.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FaultName, Lane, OpenLane } from "../faults/fault.ts";
import { quickLanes, slowLanes } from "../faults/lanes.ts";
import { type Account, type Row, storeReliability } from "../faults/page.ts";

const HOUR_MS = 3_600_000;
const LEAST_FAULTS = 40;

const lanes = [...quickLanes, ...slowLanes];
const outcomes = new Map<FaultName, Row["outcome"]>();
const ledgers = new Map<Lane, Account>();

beforeAll(async () => {
  const waiting = Promise.all(slowLanes.map(runLane));
  for (const lane of quickLanes) await runLane(lane);
  await waiting;
}, HOUR_MS);

afterAll(() => {
  const rows = lanes.flatMap((lane) =>
    lane.faults.map((fault) => ({ ...fault, lane: lane.title, outcome: outcomeOf(fault) })),
  );
  storeReliability(
    rows,
    lanes.flatMap((lane) => ledgers.get(lane) ?? []),
  );
});

async function runLane(lane: Lane): Promise<void> {
  const notRun = lane.missing();
  const opened = notRun === undefined ? await attempt(() => lane.open()) : { notRun };
  for (const fault of lane.faults) {
    outcomes.set(fault, "value" in opened ? await outcomeIn(opened.value, fault) : opened);
  }
  if (!("value" in opened)) return;
  const ended = await attempt(() => opened.value.end());
  if ("failed" in ended) outcomes.set(lane.faults[0]!, ended);
  else if (ended.value !== undefined) ledgers.set(lane, { lane: lane.title, ledger: ended.value });
}

async function outcomeIn(open: OpenLane, fault: FaultName): Promise<Row["outcome"]> {
  const ran = await attempt(() => open.run(fault));
  return "value" in ran ? ran.value : ran;
}

/** One fault that fails does not keep the others from being run. */
async function attempt<Value>(
  work: () => Promise<Value>,
): Promise<{ readonly value: Value } | { readonly failed: string }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { failed: String(error) };
  }
}

function outcomeOf(fault: FaultName): Row["outcome"] {
  return outcomes.get(fault) ?? { failed: "it was not run" };
}

it(`there are ${LEAST_FAULTS} faults or more`, () => {
  expect(lanes.flatMap(({ faults }) => faults).length).toBeGreaterThanOrEqual(LEAST_FAULTS);
});

for (const lane of lanes) {
  const reason = lane.missing();
  const title = reason === undefined ? lane.title : `${lane.title} (not run: ${reason})`;
  describe.skipIf(reason !== undefined)(title, () => {
    it.each(lane.faults.map((fault) => [`${fault.stage}: ${fault.fault}`, fault] as const))("%s", (_, fault) => {
      expect(outcomeOf(fault)).not.toHaveProperty("failed");
    });

    it("leaves nothing in the worker", () => {
      expect(ledgers.get(lane)?.ledger.leaks).toEqual(lane.countsLeaks ? [] : undefined);
    });
  });
}
