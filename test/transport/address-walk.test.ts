import { describe, expect, it } from "vitest";
import { type AttemptEnd, walkAddresses } from "../../src/transport/address-walk.ts";
import { ManualClock } from "../support/manual-clock.ts";

function walk(count: number, timeoutMs: number) {
  const clock = new ManualClock();
  const log: string[] = [];
  let end: AttemptEnd<string> | undefined;
  const addresses = Array.from({ length: count }, (_, n) => `a${n}`);
  const letGo = walkAddresses<string, string>(
    {
      addresses,
      clock,
      timeoutMs,
      attempt(address, given) {
        log.push(`${clock.nowMs()}: try ${address}`);
        end = given;
        return (failed) => void log.push(`${clock.nowMs()}: leave ${address}${failed ? ", failed" : ""}`);
      },
      timeoutError: (address) => new Error(`${address} is late`),
    },
    {
      succeed: (result) => void log.push(`got ${result}`),
      onFailure: (error, wasLast) => void log.push(`${error.message}${wasLast ? ", the last" : ""}`),
    },
  );
  return { clock, log, letGo, current: () => end as AttemptEnd<string> };
}

describe("the addresses of a name", () => {
  it("are tried one after the other, and the last failure ends it", () => {
    const { log, current, letGo, clock } = walk(2, 30_000);
    current().fail(new Error("refused"));
    current().fail(new Error("no route"));
    letGo(true);
    expect(log).toEqual([
      "0: try a0",
      "0: leave a0, failed",
      "refused",
      "0: try a1",
      "no route, the last",
      "0: leave a1, failed",
    ]);
    expect(clock.timerCount).toBe(0);
  });

  it("get five seconds each, and the last one the remaining time", () => {
    const { log, current, letGo, clock } = walk(2, 30_000);
    clock.advance(4999);
    expect(log).toEqual(["0: try a0"]);
    clock.advance(25_000);
    expect(log).toEqual(["0: try a0", "5000: leave a0, failed", "a0 is late", "5000: try a1"]);
    expect(clock.timerCount).toBe(0);
    current().succeed("a1");
    letGo(false);
    expect(log.slice(-2)).toEqual(["got a1", "29999: leave a1"]);
  });

  it("have a fair share each when there are many", () => {
    const { log, letGo, clock } = walk(16, 30_000);
    clock.advance(29_999);
    expect(log.filter((line) => line.includes("try"))).toHaveLength(16);
    expect(log).toContain("1875: try a1");
    letGo(true);
  });

  it("that fail quickly leave their time to the others", () => {
    const { log, current, letGo, clock } = walk(3, 9000);
    current().fail(new Error("refused"));
    clock.advance(4500);
    expect(log.at(-1)).toBe("4500: try a2");
    letGo(true);
    expect(clock.timerCount).toBe(0);
  });
});
