// Faults of the table that are over in a moment, lane by lane and a few for each stage of a connection: the worker says what it
// met, comes back, and has nothing left of it. All faults run in the long ring.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rowsOf, sized } from "../support/sized.ts";
import type { FaultName, OpenLane } from "./fault.ts";
import { quickLanes } from "./lanes.ts";

const FAULTS_OF_A_STAGE = sized(1, 2);

function quickFaults(faults: readonly FaultName[]): readonly FaultName[] {
  const byStage = new Map<string, FaultName[]>();
  for (const fault of faults.filter(({ isFast }) => isFast)) {
    const ofStage = byStage.get(fault.stage) ?? [];
    byStage.set(fault.stage, ofStage);
    if (ofStage.length < FAULTS_OF_A_STAGE) ofStage.push(fault);
  }
  return [...byStage.values()].flat();
}

// What secures or leads a connection has tests of its own, and a master's process dies in the same way over either protocol.
// Transfers that are cut off, and workers that attach, have tests in this process; a master killed during a command shows more.
const lanes = rowsOf(
  quickLanes,
  ({ title }) => !/a connection (?:with TLS|through)|^MessagePack, a master's/.test(title),
);

for (const lane of lanes) {
  const reason = lane.missing();
  const faults = rowsOf(
    quickFaults(lane.faults),
    ({ stage, fault }) => !/mid-(?:up|down)load|attach|idle: the master is killed/.test(`${stage}: ${fault}`),
  );
  if (faults.length === 0) continue;
  describe.skipIf(reason !== undefined)(`${lane.title}${reason === undefined ? "" : ` (not run: ${reason})`}`, () => {
    let open: OpenLane | undefined;

    beforeAll(async () => {
      open = await lane.open();
    });
    afterAll(async () => {
      expect((await open!.end())?.leaks).toEqual(lane.countsLeaks ? [] : undefined);
    });

    it.each(faults.map((fault) => [`${fault.stage}: ${fault.fault}`, fault] as const))("%s", async (_, fault) => {
      expect((await open!.run(fault)).said).toMatch(/\w/);
    });
  });
}
