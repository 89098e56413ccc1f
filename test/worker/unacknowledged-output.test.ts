import { describe, expect, it } from "vitest";
import type { CommandUpdate } from "../../src/base/command-update.ts";
import { LAST_OUTPUT_LIMIT_BYTES, UnacknowledgedOutput } from "../../src/worker/unacknowledged-output.ts";

function stdout(text: string): CommandUpdate {
  return { key: "stdout", text: Buffer.from(text) };
}

describe("the last output of a command", () => {
  it("is all that the master has not answered to, of every stream and log", () => {
    const output = new UnacknowledgedOutput();
    const first = output.add([stdout("one\n"), { key: "stderr", text: Buffer.from("two\n") }]);
    output.add([{ key: "log", log: "test.log", text: Buffer.from("three\n") }]);
    expect(output.text()).toBe("one\ntwo\nthree");
    output.acknowledge(first);
    expect(output.text()).toBe("three");
  });

  it("is nothing when the master has all, whatever the order of its answers", () => {
    const output = new UnacknowledgedOutput();
    const places = ["a\n", "b\n", "c\n"].map((text) => output.add([stdout(text)]));
    for (const place of places.reverse()) output.acknowledge(place);
    expect(output.text()).toBe("");
  });

  it("never has headers, which hold arguments and variables, nor values", () => {
    const output = new UnacknowledgedOutput();
    output.add([
      { key: "header", text: Buffer.from("mysql --password=sekret\n") },
      { key: "rc", rc: 1 },
      stdout("x\n"),
    ]);
    expect(output.text()).toBe("x");
  });

  it.each([
    ["in one update", ["x".repeat(100_000), "end\n"]],
    ["in many", Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`)],
  ])("is the end of what was printed %s, and says that there was more", (_, texts) => {
    const output = new UnacknowledgedOutput();
    for (const text of texts) output.add([stdout(text)]);
    const expected = texts.join("").slice(-LAST_OUTPUT_LIMIT_BYTES);
    expect(output.text()).toBe(`…${expected.replace(/\n$/, "")}`);
  });

  it("does not say so when the master has the rest", () => {
    const output = new UnacknowledgedOutput();
    const place = output.add([stdout("x".repeat(100_000))]);
    output.add([stdout("end\n")]);
    output.acknowledge(place);
    expect(output.text()).toBe("end");
  });

  it("begins with a whole character", () => {
    const output = new UnacknowledgedOutput();
    output.add([stdout(`${"é".repeat(3000)}!`)]);
    expect(output.text()).toMatch(/^…é+!$/);
  });

  it("is a copy: what it was given may change", () => {
    const output = new UnacknowledgedOutput();
    const text = Buffer.from("before\n");
    output.add([{ key: "stdout", text }]);
    text.fill("x");
    expect(output.text()).toBe("before");
  });
});
