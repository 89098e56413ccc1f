import { describe, expect, it } from "vitest";
import { Float, Tuple } from "../../../../src/base/python-values.ts";
import type { CommandArgument } from "../../../../src/master/worker-link.ts";
import { jellyArguments } from "../../../../src/master/workers/pb/pb-arguments.ts";

describe("the arguments of a command over PB", () => {
  it("keep types that Python distinguishes, and hide a secret in a tuple", () => {
    const args = new Map<string, CommandArgument>([
      ["timeout", 0.5],
      ["maxTime", 5],
      ["env", new Map<string, CommandArgument>([["A", null]])],
      ["command", ["a", { secret: "s3cret", shown: "xxx" }]],
    ]);
    expect(jellyArguments(args)).toEqual(
      new Map<string, unknown>([
        ["timeout", new Float(0.5)],
        ["maxTime", 5],
        ["env", new Map([["A", null]])],
        ["command", ["a", new Tuple(["obfuscated", "s3cret", "xxx"])]],
      ]),
    );
  });
});
