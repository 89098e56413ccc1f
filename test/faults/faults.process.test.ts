// The faults of the table that are over in a moment, lane by lane: the worker says what it met, comes back, and has nothing
// left of it. All of them run in the long ring.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OpenLane } from "./fault.ts";
import { quickLanes } from "./lanes.ts";

for (const lane of quickLanes) {
  const reason = lane.missing();
  const faults = lane.faults.filter(({ isFast }) => isFast);
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
