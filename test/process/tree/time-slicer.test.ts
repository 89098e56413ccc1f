import { expect, test } from "vitest";
import { TimeSlicer } from "../../../src/process/tree/time-slicer.ts";

test("work that takes long lets others have their turn, again and again", async () => {
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
