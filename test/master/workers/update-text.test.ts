import { describe, expect, it } from "vitest";
import { UpdateText } from "../../../src/master/workers/update-text.ts";

describe("text of a worker", () => {
  it("is split into lines of at most 64 KiB", () => {
    const update = new UpdateText().push("stdout", `${"x".repeat(200_000)}\n`);
    const lines = update && "text" in update ? Buffer.from(update.text).toString().split("\n") : [];
    expect(lines.map(({ length }) => length)).toEqual([65_535, 65_535, 65_535, 3395, 0]);
  });

  it("ends its streams in the order of their names", () => {
    const text = new UpdateText();
    for (const name of ["stdout", "header", "stderr"] as const) expect(text.push(name, name)).toBe(undefined);
    text.push({ log: "l" }, "log");
    expect(text.end().map(({ key }) => key)).toEqual(["header", "log", "stderr", "stdout"]);
    expect(text.end()).toEqual([]);
  });

  it("comes from a limited number of logs", () => {
    const text = new UpdateText();
    const logs = Array.from({ length: 200 }, (_, number) => text.push({ log: `l${number}` }, "x\n"));
    expect(logs.filter((update) => update !== undefined).length).toBeLessThanOrEqual(103);
  });

  it("has shortened names of logs", () => {
    const update = new UpdateText().push({ log: "n".repeat(100_000) }, "x\n");
    expect(update && "log" in update && update.log.length).toBeLessThan(250);
  });
});
