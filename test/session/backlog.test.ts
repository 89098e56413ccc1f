import { describe, expect, it } from "vitest";
import { Backlog } from "../../src/session/backlog.ts";

describe("Backlog", () => {
  it("is congested from its limit on until half of it is free again", () => {
    const backlog = new Backlog(100);
    const seen: boolean[] = [];
    backlog.subscribe((congested) => seen.push(congested));
    backlog.add(99);
    expect(seen).toEqual([]);
    backlog.add(1);
    backlog.add(50);
    expect(seen).toEqual([true]);
    backlog.remove(99);
    expect(backlog.congested).toBe(true);
    backlog.remove(1);
    expect(seen).toEqual([true, false]);
  });

  it("tells a late subscriber at once, and one that has left nothing", () => {
    const backlog = new Backlog(10);
    const seen: boolean[] = [];
    backlog.add(10);
    const leave = backlog.subscribe((congested) => seen.push(congested));
    leave();
    backlog.remove(10);
    expect(seen).toEqual([true]);
  });
});
