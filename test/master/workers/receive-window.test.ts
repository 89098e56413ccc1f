import { describe, expect, it } from "vitest";
import { ReceiveWindow } from "../../../src/master/workers/receive-window.ts";

function counted() {
  const calls: string[] = [];
  return {
    calls,
    receiveWindow: new ReceiveWindow({
      pause: () => void calls.push("pause"),
      resume: () => void calls.push("resume"),
    }),
  };
}

const MIB = 1024 * 1024;

describe("received data that is not processed yet", () => {
  it("pauses reading beyond 8 MiB, and resumes it at half of that", () => {
    const { calls, receiveWindow } = counted();
    const give = Array.from({ length: 8 }, () => receiveWindow.take(MIB));
    expect(calls).toEqual([]);
    const last = receiveWindow.take(1);
    expect(calls).toEqual(["pause"]);
    last();
    for (const one of give.slice(0, 3)) one();
    expect(calls).toEqual(["pause"]);
    give[3]?.();
    expect(calls).toEqual(["pause", "resume"]);
  });

  it("pauses reading for many small messages, too", () => {
    const { calls, receiveWindow } = counted();
    const give = Array.from({ length: 2001 }, () => receiveWindow.take(0));
    expect(calls).toEqual(["pause"]);
    for (const one of give) one();
    expect(calls).toEqual(["pause", "resume"]);
  });
});
