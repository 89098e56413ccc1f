import { describe, expect, it } from "vitest";
import { Float, Tuple } from "../../../../src/base/python-values.ts";
import type { CommandArgument } from "../../../../src/master/worker-link.ts";
import { jellyArguments, pbArguments } from "../../../../src/master/workers/pb/pb-arguments.ts";

function keys(name: string, args: Readonly<Record<string, CommandArgument>>, version: string | undefined): string[] {
  const versions = new Map(version === undefined ? [] : [[name, version]]);
  return [...pbArguments(name, new Map(Object.entries(args)), versions).keys()];
}

describe("the arguments of a command over PB", () => {
  const shell = { command: "x", usePTY: false, interruptSignal: "KILL", sigtermTime: 5 };

  it.each([
    ["3.3", ["command", "usePTY", "interruptSignal", "sigtermTime"]],
    ["2.16", ["command", "usePTY", "interruptSignal", "sigtermTime"]],
    ["2.15", ["command", "usePTY", "interruptSignal"]],
    ["2.9", ["command", "usePTY"]],
    ["2.6", ["command"]],
    [undefined, ["command", "usePTY", "interruptSignal", "sigtermTime"]],
  ])("are those that shell %s knows", (version, known) => {
    expect(keys("shell", shell, version)).toEqual(known);
  });

  it.each([
    ["uploadFile", { workersrc: "f" }, "2.16", ["slavesrc"]],
    ["downloadFile", { workerdest: "f" }, "2.16", ["slavedest"]],
    ["uploadFile", { workersrc: "f" }, "3.0", ["workersrc"]],
  ] as const)("have the names that %s had then", (name, args, version, known) => {
    expect(keys(name, args, version)).toEqual(known);
  });

  it("keep what Python tells apart, and hide a secret word in a tuple", () => {
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
