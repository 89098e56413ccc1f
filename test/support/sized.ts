// The size of a test that repeats itself: `npm test` repeats it a few times, `npm run test:long` as often as it takes to see
// what happens rarely. A file with such tests stands in vitest.long.config.ts, too.

/** The first with `npm test`, the second with `npm run test:long`. */
export function sized<Value>(quick: Value, long: Value): Value {
  return process.env["BUILDHAND_LONG_TESTS"] === "1" ? long : quick;
}
