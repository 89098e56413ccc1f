// The size of a test that repeats itself: `npm test` repeats it a few times, `npm run test:long` as often as it takes to see
// what happens rarely. vitest.long.config.ts finds the files that import this one.
import { test } from "vitest";

/** Whether all rows of tables run that have many; set for one of the runs of continuous integration, too. */
export const runsEveryRow = [process.env["BUILDHAND_LONG_TESTS"], process.env["BUILDHAND_EVERY_ROW"]].includes("1");

/** A test that takes long and rarely fails. */
export function rareTest(name: string, timeoutMs: number, body: () => Promise<void>): void {
  if (runsEveryRow) test(name, body, timeoutMs);
}

/** All rows with `npm run test:long` and in continuous integration; with `npm test` those that show what the others do not. */
export function rowsOf<Row>(all: readonly Row[], isTypical: (row: Row, index: number) => boolean): readonly Row[] {
  return runsEveryRow ? all : all.filter(isTypical);
}

/** The first with `npm test`, the second with `npm run test:long`. */
export function sized<Value>(quick: Value, long: Value): Value {
  return process.env["BUILDHAND_LONG_TESTS"] === "1" ? long : quick;
}
