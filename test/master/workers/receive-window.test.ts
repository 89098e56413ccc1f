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

describe("what a worker sends and nobody has taken yet", () => {
  it("stops the reading beyond 8 MiB, and lets it go on at half of that", () => {
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

  it("stops the reading for many small things as well", () => {
    const { calls, receiveWindow } = counted();
    const give = Array.from({ length: 2001 }, () => receiveWindow.take(0));
    expect(calls).toEqual(["pause"]);
    for (const one of give) one();
    expect(calls).toEqual(["pause", "resume"]);
  });
});
