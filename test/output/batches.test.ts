import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { CommandUpdate } from "../../src/base/command-update.ts";
import { OutputBatches } from "../../src/output/batches.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { shownJoined, shownUpdate, unanswered } from "./shown.ts";

const BATCH_LIMIT_BYTES = 262_144;

interface BufferCase {
  readonly name: string;
  readonly ops: readonly ({ readonly flush: true } | { readonly advance: number } | VectorUpdate)[];
  readonly sent: readonly VectorUpdate[];
}

type VectorUpdate =
  | { readonly key: "stdout" | "stderr"; readonly text: string }
  | { readonly key: "log"; readonly log: string; readonly text: string }
  | { readonly key: "rc"; readonly rc: number };

const vectors: { readonly buffer_manager: readonly BufferCase[] } = JSON.parse(
  readFileSync(new URL("../vectors/lines.json", import.meta.url), "utf8"),
);

function start() {
  const clock = new ManualClock();
  const sent: CommandUpdate[][] = [];
  const batches = new OutputBatches({ clock, send: unanswered((updates) => sent.push([...updates])) });
  return { clock, sent, batches, shown: () => sent.map((updates) => updates.map(shownUpdate)) };
}

function stdout(text: string): CommandUpdate {
  return { key: "stdout", text: Buffer.from(text) };
}

function bytesOf(updates: readonly CommandUpdate[]): number {
  return updates.reduce((sum, update) => sum + ("text" in update ? update.text.length : 0), 0);
}

function lines(bytes: number): string {
  return `${"x".repeat(79)}\n`.repeat(bytes / 80);
}

describe("OutputBatches", () => {
  it("sends what comes first when the current turn is over", () => {
    const { clock, batches, shown } = start();
    batches.add({ key: "header", text: Buffer.from("echo\n") });
    batches.add({ key: "header", text: Buffer.from(" in dir /\n") });
    expect(shown()).toEqual([]);
    clock.advance(0);
    expect(shown()).toEqual([["header echo| in dir /|"]]);
  });

  it("sends the first line of a command at once, also soon after the header", () => {
    const { clock, batches, shown } = start();
    batches.add({ key: "header", text: Buffer.from("echo\n") });
    clock.advance(50);
    batches.add(stdout("a\n"));
    clock.advance(0);
    expect(shown()).toEqual([["header echo|"], ["stdout a|"]]);
  });

  it("gathers what follows for a quarter of a second", () => {
    const { clock, batches, shown } = start();
    batches.add(stdout("a\n"));
    clock.advance(0);
    batches.add(stdout("b\n"));
    clock.advance(100);
    batches.add(stdout("c\n"));
    clock.advance(149);
    expect(shown()).toHaveLength(1);
    clock.advance(1);
    expect(shown()).toEqual([["stdout a|"], ["stdout b|c|"]]);
  });

  it("sends at once again after a silence", () => {
    const { clock, batches, shown } = start();
    batches.add(stdout("a\n"));
    clock.advance(250);
    batches.add(stdout("b\n"));
    clock.advance(0);
    expect(shown()).toEqual([["stdout a|"], ["stdout b|"]]);
  });

  it("joins only neighbours of the same stream or log, and keeps values and headers in their places", () => {
    const { batches, shown } = start();
    batches.add(stdout("a\n"));
    batches.add(stdout("b\n"));
    batches.add({ key: "stderr", text: Buffer.from("c\n") });
    batches.add(stdout("d\n"));
    batches.add({ key: "log", log: "one", text: Buffer.from("e\n") });
    batches.add({ key: "log", log: "one", text: Buffer.from("f\n") });
    batches.add({ key: "log", log: "two", text: Buffer.from("g\n") });
    batches.add({ key: "failure_reason", reason: "timeout" });
    batches.add({ key: "header", text: Buffer.from("killed\n") });
    batches.add({ key: "rc", rc: -1 });
    batches.add({ key: "rc", rc: -1 });
    batches.add({ key: "elapsed", seconds: 1.5 });
    batches.flush();
    expect(shown()).toEqual([
      [
        "stdout a|b|",
        "stderr c|",
        "stdout d|",
        "log one e|f|",
        "log two g|",
        "failure_reason timeout",
        "header killed|",
        "rc -1",
        "rc -1",
        "elapsed 1.5",
      ],
    ]);
  });

  it("passes a text that stands alone on without copying it", () => {
    const { sent, batches } = start();
    const text = Buffer.from("alone\n");
    batches.add({ key: "stdout", text });
    batches.flush();
    const update = sent[0]?.[0];
    expect(update !== undefined && "text" in update && update.text.buffer).toBe(text.buffer);
  });

  it("leaves no timer after a flush, and sends nothing when nothing waits", () => {
    const { clock, sent, batches } = start();
    batches.flush();
    batches.add(stdout("a\n"));
    expect(clock.timerCount).toBe(1);
    batches.flush();
    expect(clock.timerCount).toBe(0);
    batches.flush();
    batches.add(stdout(""));
    expect(clock.timerCount).toBe(0);
    expect(sent).toHaveLength(1);
  });

  it("sends a full batch without waiting, cut at a line's end", () => {
    const { clock, sent, batches } = start();
    batches.add(stdout(lines(160_000)));
    expect(sent).toHaveLength(0);
    batches.add(stdout(lines(160_000)));
    expect(sent).toHaveLength(1);
    const firstBytes = bytesOf(sent[0] ?? []);
    expect(firstBytes).toBeLessThanOrEqual(BATCH_LIMIT_BYTES);
    expect(firstBytes).toBeGreaterThan(BATCH_LIMIT_BYTES - 200);
    expect(firstBytes % 80).toBe(0);
    clock.advance(1000);
    expect(sent.map(bytesOf)).toEqual([firstBytes, 320_000 - firstBytes]);
    batches.add(stdout(lines(600_000)));
    batches.flush();
    expect(sent.slice(2).map(bytesOf)).toEqual([262_080, 262_080, 75_840]);
  });

  it("sends a line that exceeds the limit whole, and alone", () => {
    const { sent, batches } = start();
    const long = "y".repeat(300_000);
    batches.add(stdout(`a\n${long}\nb\n`));
    batches.flush();
    expect(sent.map(bytesOf)).toEqual([2, 300_001, 2]);
    batches.add(stdout(long));
    batches.flush();
    expect(sent.map(bytesOf)).toEqual([2, 300_001, 2, 300_000]);
  });

  it("bounds the number of updates in a batch as well as their bytes", () => {
    const { sent, batches } = start();
    for (let n = 0; n < 5000; n++) batches.add({ key: n % 2 === 0 ? "stdout" : "stderr", text: Buffer.from("\n") });
    batches.flush();
    expect(sent.flat()).toHaveLength(5000);
    for (let n = 0; n < 5000; n++) batches.add({ key: "rc", rc: n });
    batches.flush();
    expect(sent.flat()).toHaveLength(10_000);
    for (const updates of sent) expect(updates.length).toBeLessThanOrEqual(4096);
  });

  it("gathers for longer, up to a second, while there is much to send, and recovers", () => {
    const clock = new ManualClock();
    const sentAtMs: number[] = [];
    const batches = new OutputBatches({ clock, send: unanswered(() => sentAtMs.push(clock.nowMs())) });
    for (const [n, bytes] of [20_000, 20_000, 20_000, 20_000, 80, 80].entries()) {
      batches.add(stdout(lines(bytes)));
      while (sentAtMs.length === n) clock.advance(10);
    }
    expect(sentAtMs).toEqual([0, 500, 1500, 2500, 3500, 3750]);
    expect(clock.timerCount).toBe(0);
  });

  it.each(vectors.buffer_manager)(
    "sends the same in the same order as the Python worker: $name",
    ({ ops, sent: expected }) => {
      const { clock, sent, batches } = start();
      for (const op of ops) {
        if ("flush" in op) batches.flush();
        else if ("advance" in op) clock.advance(op.advance * 1000);
        else batches.add(updateOf(op));
      }
      clock.advance(1000);
      expect(shownJoined(sent.flat())).toEqual(shownJoined(expected.map(updateOf)));
    },
  );
});

function updateOf(vector: VectorUpdate): CommandUpdate {
  return "text" in vector ? { ...vector, text: Buffer.from(vector.text) } : vector;
}
