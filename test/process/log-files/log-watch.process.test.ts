import { appendFileSync, mkdtempSync, readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LOG_POLL_INTERVAL_MS, LogWatch } from "../../../src/process/log-files/log-watch.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { poll } from "../../support/poll.ts";
import { rareTest } from "../../support/sized.ts";

let directory: string;
const watches: LogWatch[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-watch-"));
});

afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.close();
  rmSync(directory, { recursive: true });
});

const pathOf = (name: string) => join(directory, `${name}.log`);

interface Watching {
  readonly clock: ManualClock;
  readonly watch: LogWatch;
  /** The pieces in the order in which they came: log and bytes. */
  readonly pieces: [string, Buffer][];
  readonly text: (name: string) => string;
  /** The look that is going on is over, and the next one is due. */
  readonly settled: () => Promise<unknown>;
}

async function watching(names: readonly string[], onPiece: (watch: LogWatch) => void = () => {}): Promise<Watching> {
  const clock = new ManualClock();
  const pieces: [string, Buffer][] = [];
  const files = names.map((name) => ({ name, path: pathOf(name), follow: false }));
  const watch: LogWatch = new LogWatch({
    clock,
    files,
    onBytes(name, bytes) {
      pieces.push([name, bytes]);
      onPiece(watch);
    },
  });
  watches.push(watch);
  await watch.remember();
  const bytesOf = (name: string) => Buffer.concat(pieces.filter(([log]) => log === name).map(([, bytes]) => bytes));
  return {
    clock,
    watch,
    pieces,
    text: (name) => `${bytesOf(name)}`,
    settled: () => poll("the next look to be due", () => clock.timerCount === 1),
  };
}

function openFiles(): number {
  return readdirSync("/proc/self/fd").filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(directory);
    } catch {
      return false; // the descriptor this listing was read by
    }
  }).length;
}

describe("log files", () => {
  test("are looked at when the program starts, every two seconds, and when it is over", async () => {
    const { clock, watch, text, settled } = await watching(["a", "b"]);
    appendFileSync(pathOf("a"), "one\n");
    watch.start();
    await settled();
    expect([text("a"), text("b")]).toEqual(["one\n", ""]);
    appendFileSync(pathOf("a"), "two\n");
    appendFileSync(pathOf("b"), "first\n");
    clock.advance(LOG_POLL_INTERVAL_MS - 1);
    expect(clock.timerCount).toBe(1);
    clock.advance(1);
    await settled();
    expect([text("a"), text("b")]).toEqual(["one\ntwo\n", "first\n"]);
    appendFileSync(pathOf("b"), "last");
    await watch.finish();
    expect([text("a"), text("b")]).toEqual(["one\ntwo\n", "first\nlast"]);
    expect(clock.timerCount).toBe(0);
  });

  test("that there are none of cost no timer", async () => {
    const { clock, watch } = await watching([]);
    watch.start();
    expect(clock.timerCount).toBe(0);
    await watch.finish();
  });

  test("are read in turn, so that a huge one delays no other", async () => {
    const { watch, pieces } = await watching(["huge", "small"]);
    writeFileSync(pathOf("huge"), "");
    truncateSync(pathOf("huge"), 8 * 1024 * 1024);
    appendFileSync(pathOf("small"), "here\n");
    await watch.finish();
    expect(pieces.findIndex(([name]) => name === "small")).toBe(1);
    const huge = pieces.filter(([name]) => name === "huge");
    expect(huge.reduce((sum, [, bytes]) => sum + bytes.length, 0)).toBe(8 * 1024 * 1024);
    expect(Math.max(...huge.map(([, bytes]) => bytes.length))).toBe(64 * 1024);
  });

  test("that grow without end do not delay the end", async () => {
    const { watch, text } = await watching(["a"], () => appendFileSync(pathOf("a"), "more\n"));
    appendFileSync(pathOf("a"), "one\n");
    watch.start();
    await watch.finish();
    expect(text("a")).toMatch(/^one\n(more\n)?$/);
  });

  test("are closed, whatever is going on", async () => {
    for (const act of ["none", "start", "finish"] as const) {
      const { watch } = await watching(["a", "b"]);
      for (const name of ["a", "b"]) appendFileSync(pathOf(name), "text\n");
      if (act === "start") watch.start();
      if (act === "finish") await watch.finish();
      await watch.close();
      expect(openFiles()).toBe(0);
    }
  });

  rareTest("are as many as a command may have", 180_000, async () => {
    const names = Array.from({ length: 1000 }, (_, number) => `log-${number}`);
    const { watch, text } = await watching(names);
    for (const name of names) appendFileSync(pathOf(name), name);
    await watch.finish();
    expect(names.filter((name) => text(name) !== name)).toEqual([]);
  });
});

describe("a pause", () => {
  test("delays reading, also at the end, and loses nothing", async () => {
    let pauses = 0;
    const { watch, text } = await watching(["a"], (reading) => {
      pauses += 1;
      reading.pause();
    });
    const content = `${"0123456789abcdef".repeat(20_000)}\n`;
    appendFileSync(pathOf("a"), content);
    let finished = false;
    const end = watch.finish().then(() => {
      finished = true;
    });
    for (let seen = 1; text("a").length < content.length; seen += 1) {
      await poll("the next piece", () => pauses === seen);
      expect(finished).toBe(false);
      watch.resume();
    }
    await end;
    expect(finished).toBe(true);
    expect(text("a")).toBe(content);
    expect(pauses).toBe(5);
  });

  test("before the start delays everything", async () => {
    let resumed = false;
    const early: boolean[] = [];
    const { watch, text } = await watching(["a"], () => early.push(!resumed));
    appendFileSync(pathOf("a"), "one\n");
    watch.pause();
    watch.start();
    const end = watch.finish();
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
    resumed = true;
    watch.resume();
    await end;
    expect(text("a")).toBe("one\n");
    expect(early).toEqual([false]);
  });
});

describe("a stop", () => {
  test("ends the last look, paused or not", async () => {
    for (const paused of [true, false]) {
      const { clock, watch, pieces } = await watching(["a"], (reading) => {
        if (paused) reading.pause();
        reading.stop();
      });
      writeFileSync(pathOf("a"), "");
      truncateSync(pathOf("a"), 1_000_000);
      await watch.finish();
      expect(pieces).toHaveLength(1);
      expect(clock.timerCount).toBe(0);
      rmSync(pathOf("a"));
    }
  });

  test("ends the polling", async () => {
    const { clock, watch, settled } = await watching(["a"]);
    watch.start();
    await settled();
    watch.stop();
    expect(clock.timerCount).toBe(0);
    watch.start();
    await watch.close();
    expect(clock.timerCount).toBe(0);
  });
});
