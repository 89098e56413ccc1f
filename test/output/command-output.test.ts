import { describe, expect, it } from "vitest";
import type { CommandUpdate } from "../../src/base/command-update.ts";
import { CommandOutput, LOG_NAMES_LIMIT } from "../../src/output/command-output.ts";
import { outputErrors } from "../../src/output/errors.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { shownJoined, shownUpdate, unanswered } from "./shown.ts";

function start(lineLimitBytes = 60_000) {
  const clock = new ManualClock();
  const sent: CommandUpdate[] = [];
  const output = new CommandOutput({ clock, send: unanswered((updates) => sent.push(...updates)), lineLimitBytes });
  return { clock, sent, output, all: () => sent.map(shownUpdate) };
}

describe("CommandOutput", () => {
  it("reports a whole command in order", () => {
    const { output, all } = start();
    output.header("echo hi\n");
    output.header(" in dir /build\n");
    output.write("stdout", Buffer.from("hi\n"));
    output.write("stderr", Buffer.from("oh\n"));
    output.log("test.log", Buffer.from("1 passed\n"));
    output.value({ key: "rc", rc: 0 });
    output.header("elapsedTime=0.100000\n");
    output.value({ key: "elapsed", seconds: 0.1 });
    output.end();
    expect(all()).toEqual([
      "header echo hi| in dir /build|",
      "stdout hi|",
      "stderr oh|",
      "log test.log 1 passed|",
      "rc 0",
      "header elapsedTime=0.100000|",
      "elapsed 0.1",
    ]);
  });

  it("sends unfinished lines after everything else, sorted by the names of their streams", () => {
    const { output, all } = start();
    output.log("zz.log", Buffer.from("z"));
    output.log("aa.log", Buffer.from("a"));
    output.write("stdout", Buffer.from("out"));
    output.write("stderr", Buffer.from("err"));
    output.header("head");
    output.value({ key: "rc", rc: 1 });
    output.value({ key: "elapsed", seconds: 2 });
    output.end();
    expect(all()).toEqual([
      "rc 1",
      "elapsed 2",
      "log aa.log a|",
      "header head|",
      "stderr err|",
      "stdout out|",
      "log zz.log z|",
    ]);
  });

  it("joins a header without newline with the next one", () => {
    const { output, all } = start();
    output.header("WARNING: disabling usePTY for this command");
    output.header("echo hi\n");
    output.end();
    expect(all()).toEqual(["header WARNING: disabling usePTY for this commandecho hi|"]);
  });

  it("decodes each stream by itself", () => {
    const { output, sent } = start();
    const bytes = Buffer.from("世\n");
    output.write("stdout", bytes.subarray(0, 2));
    output.write("stderr", bytes.subarray(0, 1));
    output.log("stdout", bytes.subarray(0, 1));
    output.write("stdout", bytes.subarray(2));
    output.write("stderr", bytes.subarray(1));
    output.log("stdout", bytes.subarray(1));
    output.end();
    expect(shownJoined(sent)).toEqual(["stdout 世|", "stderr 世|", "log stdout 世|"]);
  });

  it("does not lose a character that the end cuts off", () => {
    const { output, all } = start();
    output.write("stdout", Buffer.from([0x61, 0xe4, 0xb8]));
    output.end();
    expect(all()).toEqual(["stdout a\ufffd|"]);
  });

  it("applies newline rules and the line limit to headers and logs too", () => {
    const { output, all } = start(10);
    output.header("one\rtwo\n");
    output.log("l", Buffer.from("1234567890\b\b!\n"));
    output.end();
    expect(all()).toEqual(["header one|two|", "log l 123456789|0|!|"]);
  });

  it("shows the first lines without waiting for the end", () => {
    const { clock, output, all } = start();
    output.header("make\n");
    output.write("stdout", Buffer.from("whole\npart"));
    clock.advance(0);
    expect(all()).toEqual(["header make|", "stdout whole|"]);
  });

  it("sends nothing after the end, and leaves no timer", () => {
    const { clock, output, all } = start();
    output.end();
    output.write("stdout", Buffer.from("late\n"));
    output.header("late\n");
    output.log("l", Buffer.from("late\n"));
    output.value({ key: "rc", rc: 0 });
    output.end();
    expect(clock.timerCount).toBe(0);
    clock.advance(10_000);
    expect(all()).toEqual([]);
  });

  it("refuses more log files than it has room for, and goes on with the others", () => {
    const { output, all } = start();
    for (let n = 0; n < LOG_NAMES_LIMIT; n++) output.log(`log${n}`, Buffer.from("x\n"));
    expect(() => output.log("one more", Buffer.from("x\n"))).toThrow(outputErrors.tooManyLogs(LOG_NAMES_LIMIT));
    output.log("log0", Buffer.from("again\n"));
    output.end();
    expect(all().at(-1)).toBe("log log0 again|");
  });
});
