import { describe, expect, it } from "vitest";
import { addressesOf, type Lookup } from "../../src/transport/name-lookup.ts";
import type { ConnectStage } from "../../src/transport/stage.ts";
import { ManualClock } from "../support/manual-clock.ts";

function lookUp(host: string, lookup: Lookup) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const stages: ConnectStage[] = [];
  const options = {
    clock,
    signal: stop.signal,
    onStage: (name: ConnectStage) => void stages.push(name),
    onWarning: () => {},
  };
  const outcome = addressesOf({ host, timeoutMs: 5000 }, options, lookup).catch(
    (error: unknown) => (error as Error).message,
  );
  return { clock, stop, stages, outcome };
}

const never: Lookup = () => new Promise(() => {});

describe("the lookup of a name", () => {
  it("gives its addresses of both families in the system's order", async () => {
    const found = [
      { address: "::1", family: 6 },
      { address: "127.0.0.1", family: 4 },
    ];
    const { outcome, stages, clock } = lookUp("both.example", async () => found);
    expect(await outcome).toEqual(found);
    expect(stages).toEqual(["name lookup"]);
    expect(clock.timerCount).toBe(0);
  });

  it("is left out for an address", async () => {
    for (const [host, family] of [
      ["127.0.0.1", 4],
      ["fe80::1%lo", 6],
    ] as const) {
      const { outcome, stages } = lookUp(host, never);
      expect(await outcome).toEqual([{ address: host, family }]);
      expect(stages).toEqual([]);
    }
  });

  it("tries only so many addresses", async () => {
    const many = Array.from({ length: 1000 }, (_, n) => ({ address: `10.0.0.${n % 256}`, family: 4 }));
    expect(await lookUp("many.example", async () => many).outcome).toHaveLength(16);
  });

  it.each([
    ["ENOTFOUND", "name lookup: x.example: the name is not known (ENOTFOUND)"],
    ["EAI_AGAIN", "name lookup: x.example: the name servers do not answer (EAI_AGAIN)"],
  ])("fails with the reason: %s", async (code, sentence) => {
    const lookup: Lookup = () => Promise.reject(Object.assign(new Error(`getaddrinfo ${code}`), { code }));
    expect(await lookUp("x.example", lookup).outcome).toBe(sentence);
  });

  it("fails when the name has no addresses", async () => {
    expect(await lookUp("x.example", async () => []).outcome).toBe("name lookup: x.example: no addresses");
  });

  it("has a deadline", async () => {
    const { outcome, clock } = lookUp("slow.example", never);
    clock.advance(5000);
    expect(await outcome).toBe("name lookup: no answer for the name slow.example within 5 seconds");
  });

  it("is left when the worker stops", async () => {
    const { outcome, stop } = lookUp("slow.example", never);
    stop.abort();
    expect(await outcome).toMatch(/^name lookup: given up/);
  });
});
