import { expect, test } from "vitest";
import { LineCount } from "../../../src/commands/shell/line-count.ts";

/** What of each chunk is within the limit, and what was counted in the end. */
function pass(limit: number | undefined, chunks: readonly string[]) {
  const lines = new LineCount(limit);
  const passed = chunks.map((chunk) => `${lines.within(Buffer.from(chunk))}`);
  return [passed, lines.count, lines.isExceeded];
}

test.each<[string, number | undefined, readonly string[], ReturnType<typeof pass>]>([
  ["no limit lets all through", undefined, ["1\n2\n", "3"], [["1\n2\n", "3"], 0, false]],
  ["just as many lines as allowed are within it", 2, ["1\n", "2\n"], [["1\n", "2\n"], 2, false]],
  ["so is what follows them without an end", 2, ["1\n2\n3"], [["1\n2\n3"], 2, false]],
  ["one chunk is cut at the limit, and counted whole", 2, ["1\n2\n3\n4\n5"], [["1\n2\n"], 4, true]],
  ["nothing of later chunks is within it, nor counted", 2, ["1\n2\n3\n", "4\n"], [["1\n2\n", ""], 3, true]],
  ["a carriage return ends a line, and with a newline one line", 2, ["1\r2\r\n3\r"], [["1\r2\r\n"], 3, true]],
  ["a limit of 0 lets no line through", 0, ["1\n2"], [[""], 1, true]],
  ["a limit below 0 lets no line through either", -1, ["1\n2\n", "3\n"], [["", ""], 2, true]],
  ["a fraction lets whole lines through", 1.5, ["1\n2\n3\n"], [["1\n"], 3, true]],
])("%s", (_what, limit, chunks, expected) => {
  expect(pass(limit, chunks)).toEqual(expected);
});
