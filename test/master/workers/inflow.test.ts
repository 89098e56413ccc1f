import { describe, expect, it } from "vitest";
import { Inflow } from "../../../src/master/workers/inflow.ts";

function counted() {
  const calls: string[] = [];
  return {
    calls,
    inflow: new Inflow({ pause: () => void calls.push("pause"), resume: () => void calls.push("resume") }),
  };
}

const MIB = 1024 * 1024;

describe("what a worker sends and nobody has taken yet", () => {
  it("stops the reading beyond 8 MiB, and lets it go on at half of that", () => {
    const { calls, inflow } = counted();
    const give = Array.from({ length: 8 }, () => inflow.take(MIB));
    expect(calls).toEqual([]);
    const last = inflow.take(1);
    expect(calls).toEqual(["pause"]);
    last();
    for (const one of give.slice(0, 3)) one();
    expect(calls).toEqual(["pause"]);
    give[3]?.();
    expect(calls).toEqual(["pause", "resume"]);
  });

  it("stops the reading for many small things as well", () => {
    const { calls, inflow } = counted();
    const give = Array.from({ length: 2001 }, () => inflow.take(0));
    expect(calls).toEqual(["pause"]);
    for (const one of give) one();
    expect(calls).toEqual(["pause", "resume"]);
  });
});
