import { describe, expect, it } from "vitest";
import { KnownNames, type Lookup } from "../../src/transport/known-names.ts";
import { addressesOf } from "../../src/transport/name-lookup.ts";
import type { ConnectStage } from "../../src/transport/stage.ts";
import { ManualClock } from "../support/manual-clock.ts";

function lookUp(host: string, lookup: Lookup | KnownNames, timeoutMs = 5000) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const stages: ConnectStage[] = [];
  const warnings: string[] = [];
  const options = {
    clock,
    signal: stop.signal,
    onStage: (name: ConnectStage) => void stages.push(name),
    onWarning: (sentence: string) => void warnings.push(sentence),
  };
  const names = lookup instanceof KnownNames ? lookup : new KnownNames(lookup, () => () => false);
  const outcome = addressesOf({ host, timeoutMs }, options, names).catch((error: unknown) => (error as Error).message);
  return { clock, stop, stages, warnings, outcome };
}

const never: Lookup = () => new Promise(() => {});

describe("the lookup of a name", () => {
  it("gives its addresses of both families in the system's order", async () => {
    const found = [
      { address: "::1", family: 6 },
      { address: "127.0.0.1", family: 4 },
    ];
    const { outcome, stages, clock } = lookUp("both.example", async () => found);
    expect(await outcome).toEqual({ addresses: found });
    expect(stages).toEqual(["name lookup"]);
    expect(clock.timerCount).toBe(0);
  });

  it("is left out for an address", async () => {
    for (const [host, family] of [
      ["127.0.0.1", 4],
      ["fe80::1%lo", 6],
    ] as const) {
      const { outcome, stages } = lookUp(host, never);
      expect(await outcome).toEqual({ addresses: [{ address: host, family }] });
      expect(stages).toEqual([]);
    }
  });

  it("tries only so many addresses", async () => {
    const many = Array.from({ length: 1000 }, (_, n) => ({ address: `10.0.0.${n % 256}`, family: 4 }));
    expect(await lookUp("many.example", async () => many).outcome).toEqual({ addresses: many.slice(0, 16) });
  });

  it.each([
    ["ENOTFOUND", "name lookup: x.example: unknown host name (ENOTFOUND)"],
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
    expect(await outcome).toMatch(/^name lookup: aborted/);
  });
});

describe("a name that had addresses before", () => {
  const found = [{ address: "10.0.0.1", family: 4 }];
  const failing = () => Promise.reject(Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" }));

  /** Names whose lookups do what is set. */
  function names() {
    const conduct: { lookup: Lookup; begun: number } = { lookup: async () => found, begun: 0 };
    const known = new KnownNames(
      (host) => {
        conduct.begun += 1;
        return conduct.lookup(host);
      },
      () => () => false,
    );
    return { conduct, known };
  }

  it("keeps its last addresses when a lookup hangs, with one warning until a lookup succeeds again", async () => {
    const { conduct, known } = names();
    const late = { addresses: found, doubt: "no answer for the name m.example within 5 seconds" };
    const hang = async () => {
      const { outcome, clock, warnings } = lookUp("m.example", known);
      clock.advance(5000);
      expect(await outcome).toEqual(late);
      expect(clock.timerCount).toBe(0);
      return warnings;
    };
    await lookUp("m.example", known).outcome;
    let answer: (addresses: typeof found) => void = () => {};
    conduct.lookup = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const warnings = [`name lookup: ${late.doubt}; trying its last known addresses: 10.0.0.1`];
    expect(await hang()).toEqual(warnings);
    expect(await hang()).toEqual([]);
    expect(conduct.begun).toBe(2);
    answer(found);
    conduct.lookup = async () => found;
    await lookUp("m.example", known).outcome;
    conduct.lookup = never;
    expect(await hang()).toEqual(warnings);
  });

  it("is not waited for longer than 15 seconds", async () => {
    const { conduct, known } = names();
    await lookUp("m.example", known).outcome;
    conduct.lookup = never;
    const { outcome, clock } = lookUp("m.example", known, 30_000);
    clock.advance(15_000);
    expect(await outcome).toMatchObject({ doubt: "no answer for the name m.example within 15 seconds" });
  });

  it("fails as others when it is said to be unknown", async () => {
    const { conduct, known } = names();
    await lookUp("m.example", known).outcome;
    conduct.lookup = failing;
    const { outcome, clock } = lookUp("m.example", known);
    expect(await outcome).toBe("name lookup: m.example: unknown host name (ENOTFOUND)");
    expect(clock.timerCount).toBe(0);
  });

  it("is forgotten for newer ones", async () => {
    const { known } = names();
    for (let n = 0; n < 17; n += 1) await lookUp(`m${n}.example`, known).outcome;
    expect(known.lastFound("m0.example")).toBe(undefined);
    expect(known.lastFound("m1.example")).toEqual(found);
  });
});
