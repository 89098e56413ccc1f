import { describe, expect, it } from "vitest";
import { Float } from "../../../src/base/python-values.ts";
import { shownMessage } from "../../../src/session/msgpack/shown-message.ts";
import { type MsgpackValue, Utf8Text } from "../../../src/wire/msgpack/values.ts";
import { msgpackFromView, msgpackSessionNames, readMsgpackSession } from "../../support/msgpack-vectors.ts";

const map = (entries: Readonly<Record<string, MsgpackValue>>) => new Map(Object.entries(entries));

describe("a message in the log", () => {
  it.each<[string, MsgpackValue, string]>([
    [
      "what a command is, and where, but not its words",
      map({
        op: "start_command",
        command_id: "7",
        command_name: "shell",
        args: map({
          command: ["make", ["obfuscated", "real", "shown"]],
          workdir: "/w/b",
          timeout: 1200,
          logEnviron: true,
        }),
        seq_number: 3,
      }),
      '{op: "start_command", command_id: "7", command_name: "shell", args: {command: [<4 characters>, [<10 characters>, <4 characters>, <5 characters>]], workdir: "/w/b", timeout: 1200, logEnviron: true}, seq_number: 3}',
    ],
    [
      "the count of an environment's variables",
      map({ op: "x", args: map({ env: map({ SECRET: "s" }) }), seq_number: 1 }),
      '{op: "x", args: {env: <1 variables>}, seq_number: 1}',
    ],
    [
      "which updates there are, and how large",
      map({
        op: "update",
        args: [
          ["stdout", [new Utf8Text(Buffer.from("hidden\n")), [6], [new Float(1.5)]]],
          ["rc", 0],
        ],
        command_id: "7",
        seq_number: 9,
      }),
      '{op: "update", args: [["stdout", [<7 bytes of text>, [6], [1.5]]], ["rc", 0]], command_id: "7", seq_number: 9}',
    ],
    ["how large a block is", map({ op: "w", args: Buffer.from("hidden") }), '{op: "w", args: <6 bytes>}'],
    [
      "what went wrong",
      map({ op: "response", seq_number: 1, result: "no\nway", is_exception: true }),
      '{op: "response", seq_number: 1, result: "no\\nway", is_exception: true}',
    ],
    [
      "a result that may be anything",
      map({ op: "response", result: "hidden" }),
      '{op: "response", result: <6 characters>}',
    ],
    ["what is no map", [1, "hidden"], "[1, <6 characters>]"],
  ])("shows %s", (_, message, shown) => {
    expect(shownMessage(message)).toBe(shown);
  });

  it("is one line of bounded length, whatever comes", () => {
    const deep = map({ op: "x".repeat(10_000), args: Array.from({ length: 1000 }, () => "y".repeat(1000)) });
    expect(shownMessage(deep).length).toBeLessThan(1000);
    expect(shownMessage(deep)).toContain("980 more");
  });

  it("holds no output, content or environment of any recorded session", () => {
    for (const name of msgpackSessionNames()) {
      for (const { msg } of readMsgpackSession(name).messages) {
        if (msg === undefined) continue;
        const line = shownMessage(msgpackFromView(msg));
        expect(line).not.toMatch(/\n|argv|Environment|PATH|C\.UTF-8/);
      }
    }
  });
});
