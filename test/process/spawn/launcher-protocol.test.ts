import { describe, expect, it } from "vitest";
import {
  type LaunchAnswer,
  type LaunchRequest,
  launchLine,
  lineSplitter,
  READY_LINE,
  readLaunchLine,
} from "../../../src/process/spawn/launcher-protocol.ts";

describe("a line between a worker and its launcher", () => {
  const messages: readonly (LaunchRequest | LaunchAnswer)[] = [
    {
      id: 1,
      argv: ["sh", "-c", "echo 'a\nb'\u2028\r\n\0"],
      cwd: "/",
      env: { PATH: "/bin", "": "é\ud800" },
      descriptors: [3, 4, 5],
    },
    { type: "started", id: 1, pid: 4711 },
    { type: "refused", id: 2, cause: "program" },
    { type: "ended", id: 3, code: 0, signal: null },
    { type: "ended", id: 4, code: null, signal: "SIGKILL" },
  ];

  it.each(messages.map((message) => ({ message })))("is one line and says the same: $message", ({ message }) => {
    const line = launchLine(message);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(readLaunchLine(line)).toEqual(message);
  });

  it("that says that the launcher is ready is no answer", () => {
    expect(JSON.parse(READY_LINE)).not.toHaveProperty("type");
  });
});

describe("the splitter of lines", () => {
  it("keeps what has no end yet", () => {
    const lines: string[] = [];
    const take = lineSplitter((line) => lines.push(line));
    take("one\ntw");
    expect(lines).toEqual(["one\n"]);
    take("o");
    take("\n");
    expect(lines).toEqual(["one\n", "two\n"]);
  });
});
