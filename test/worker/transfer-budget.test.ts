import { describe, expect, it } from "vitest";
import { ConnectionBudget, TRANSFER_LIMIT_BYTES } from "../../src/worker/transfer-budget.ts";

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("the budget of the transfers of a connection", () => {
  it("is 4 MiB", () => {
    expect(new ConnectionBudget().limitBytes).toBe(TRANSFER_LIMIT_BYTES);
    expect(TRANSFER_LIMIT_BYTES).toBe(4_194_304);
  });

  it("gives what is free and refuses what is not", () => {
    const budget = new ConnectionBudget(100);
    expect([budget.tryTake(60), budget.tryTake(41), budget.tryTake(40)]).toEqual([true, false, true]);
    budget.give(60);
    expect(budget.takenBytes).toBe(40);
    expect(budget.tryTake(60)).toBe(true);
  });

  it("serves those who wait in their order, however much each wants", async () => {
    const budget = new ConnectionBudget(100);
    const served: string[] = [];
    await budget.take(100);
    void budget.take(80).then(() => served.push("first"));
    void budget.take(10).then(() => served.push("second"));
    void budget.take(11).then(() => served.push("third"));
    budget.give(30);
    await tick();
    expect(served).toEqual([]);
    expect(budget.tryTake(1), "nobody overtakes those who wait").toBe(false);
    budget.give(60);
    await tick();
    expect(served).toEqual(["first", "second"]);
    budget.give(90);
    await tick();
    expect(served).toEqual(["first", "second", "third"]);
    expect(budget.takenBytes).toBe(21);
  });

  it("lets what is larger than the whole go alone", async () => {
    const budget = new ConnectionBudget(100);
    await budget.take(200);
    expect(budget.tryTake(1)).toBe(false);
    budget.give(200);
    expect(budget.tryTake(100)).toBe(true);
  });
});
