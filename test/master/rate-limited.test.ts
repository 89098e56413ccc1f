import { describe, expect, it } from "vitest";
import { rateLimited } from "../../src/master/rate-limited.ts";
import { ManualClock } from "../support/manual-clock.ts";

describe("a rate-limited log", () => {
  it("has 20 sentences a minute, and the number of dropped ones", () => {
    const clock = new ManualClock();
    const said: string[] = [];
    const log = rateLimited("workers", (text) => void said.push(text), clock);
    for (let count = 0; count < 30; count += 1) log(`sentence ${count}`);
    expect(said.length).toBe(20);
    expect(said.at(-1)).toBe("sentence 19; further ones this minute are dropped");
    clock.advance(60_000);
    log("later");
    expect(said.slice(20)).toEqual(["workers: 10 more messages were dropped", "later"]);
  });
});
