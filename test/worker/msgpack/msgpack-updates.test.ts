import { describe, expect, it } from "vitest";
import type { CommandUpdate } from "../../../src/base/command-update.ts";
import { updatePair } from "../../../src/worker/msgpack/msgpack-updates.ts";
import { msgpackView } from "../../support/msgpack-vectors.ts";

const text = (value: string) => Buffer.from(value);
const shown = (update: CommandUpdate) => msgpackView(updatePair(update));

describe("an update over MessagePack", () => {
  it.each<[string, CommandUpdate, unknown]>([
    ["rc", { key: "rc", rc: -1 }, ["rc", -1]],
    ["elapsed, a float also when it is whole", { key: "elapsed", seconds: 2 }, ["elapsed", { float: 2 }]],
    ["failure_reason", { key: "failure_reason", reason: "timeout" }, ["failure_reason", "timeout"]],
    ["files", { key: "files", files: ["a", "ü"] }, ["files", ["a", "ü"]]],
    ["stat", { key: "stat", stat: [33_188, 5] }, ["stat", [33_188, 5]]],
    ["text of one line", { key: "stdout", text: text("a\n") }, ["stdout", ["a\n", [1], [{ float: 0 }]]]],
    ["a log's", { key: "log", log: "l", text: text("a\n") }, ["log", ["l", ["a\n", [1], [{ float: 0 }]]]]],
    ["no text", { key: "header", text: text("") }, ["header", ["", [], []]]],
  ])("has the form of %s", (_, update, expected) => {
    expect(shown(update)).toEqual(expected);
  });

  it("counts newlines in characters, as Python does (recorded: msgpack-fakemaster)", () => {
    expect(shown({ key: "stdout", text: text("é😀x\ny\n") })).toEqual([
      "stdout",
      ["é😀x\ny\n", [3, 5], [{ float: 0 }, { float: 0 }]],
    ]);
  });

  it("has for each line the time that holds at its first byte", () => {
    const times = [
      { at: 0, seconds: 10 },
      { at: 3, seconds: 20 },
      { at: 4, seconds: 30 },
    ];
    expect(shown({ key: "stderr", text: text("aaa\nb\nc\n"), times })).toEqual([
      "stderr",
      ["aaa\nb\nc\n", [3, 5, 7], [{ float: 10 }, { float: 30 }, { float: 30 }]],
    ]);
  });
});
