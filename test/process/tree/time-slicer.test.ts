import { expect, test } from "vitest";
import { TimeSlicer } from "../../../src/process/tree/time-slicer.ts";

test("long work lets other work run in between", async () => {
  const slices = new TimeSlicer();
  let turns = 0;
  let isOver = false;
  const others = (): void => {
    turns += 1;
    if (!isOver) setImmediate(others);
  };
  setImmediate(others);
  for (let pauses = 0; pauses < 5; ) {
    if (!slices.isOver) continue;
    await slices.next();
    pauses += 1;
  }
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(5);
});
