import { expect, test } from "vitest";
import { styleFor } from "../../src/cli/style.ts";

test("on a terminal each line is coloured separately", () => {
  expect(styleFor({ isTTY: true }, {}).dim("a\nb\n")).toBe("\u001b[0;2ma\u001b[0m\n\u001b[0;2mb\u001b[0m\n");
});

test.each([
  ["no terminal", {}, {}],
  ["NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }],
  ["a dumb terminal", { isTTY: true }, { TERM: "dumb" }],
])("%s has none", (_what, stream, environment) => {
  expect(styleFor(stream, environment).bad("a")).toBe("a");
});

test("an empty NO_COLOR is ignored", () => {
  expect(styleFor({ isTTY: true }, { NO_COLOR: "" }).good("a")).toBe("\u001b[0;32ma\u001b[0m");
});
