import { describe, expect, it } from "vitest";
import { TransferProgress } from "../../src/commands/transfer-progress.ts";
import { ManualClock } from "../support/manual-clock.ts";

const MIB = 1024 * 1024;

function start(verb: "sent" | "received" = "sent") {
  const clock = new ManualClock();
  const lines: string[] = [];
  const progress = new TransferProgress({ clock, verb, writeLine: (line) => lines.push(line) });
  return { clock, lines, progress };
}

describe("the progress of a transfer", () => {
  it("is reported every ten seconds, with a summary at the end", () => {
    const { clock, lines, progress } = start();
    progress.expect(400 * MIB);
    progress.add(120 * MIB);
    clock.advance(10_000);
    progress.add(200 * MIB);
    clock.advance(10_000);
    progress.add(80 * MIB);
    clock.advance(5000);
    progress.end();
    expect(lines).toEqual([
      "sent 120 MiB of 400 MiB, 12 MiB/s\n",
      "sent 320 MiB of 400 MiB, 20 MiB/s\n",
      "sent 400 MiB in 25 seconds, 16 MiB/s\n",
    ]);
  });

  it("is not reported for a shorter transfer", () => {
    const { clock, lines, progress } = start();
    progress.add(100);
    clock.advance(9999);
    progress.end();
    clock.advance(60_000);
    expect(lines).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it("names no size that is not known, or was wrong", () => {
    const { clock, lines, progress } = start("received");
    progress.add(15_000);
    clock.advance(10_000);
    progress.expect(0);
    progress.add(2000);
    clock.advance(10_000);
    progress.end();
    expect(lines).toEqual([
      "received 15 KiB, 1.5 KiB/s\n",
      "received 17 KiB, 200 bytes/s\n",
      "received 17 KiB in 20 seconds, 850 bytes/s\n",
    ]);
  });

  it("reports a stalled transfer only once", () => {
    const { clock, lines, progress } = start();
    progress.add(MIB);
    clock.advance(3_600_000);
    progress.add(MIB);
    clock.advance(10_000);
    expect(lines).toEqual(["sent 1 MiB, 102 KiB/s\n", "sent 1 MiB, 0 bytes/s\n", "sent 2 MiB, 102 KiB/s\n"]);
    progress.end();
  });
});
