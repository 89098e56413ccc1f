import { expect, test } from "vitest";
import { masterErrors } from "../../src/master/errors.ts";
import { PendingWrites } from "../../src/master/pending-writes.ts";
import { ManualClock } from "../support/manual-clock.ts";

function make() {
  const clock = new ManualClock();
  const said: string[] = [];
  const written: string[] = [];
  const disk = { isFull: false, recoveries: 0 };
  const onRecovered = () => disk.recoveries++;
  const probe = () => {
    if (disk.isFull) throw new Error("no room");
  };
  const writes = new PendingWrites({ clock, log: (sentence) => said.push(sentence), probe, onRecovered });
  const insist = (what: string) =>
    writes.insist(() => {
      if (disk.isFull) throw new Error("no room");
      written.push(what);
    });
  return { clock, said, written, disk, writes, insist };
}

test("a write that succeeds is done immediately", async () => {
  const { insist, written, clock } = make();
  await insist("a");
  expect(written).toEqual(["a"]);
  expect(clock.timerCount).toBe(0);
});

test("failed writes are retried in order, and the outage is logged once", async () => {
  const { insist, written, clock, disk, said, writes } = make();
  disk.isFull = true;
  const both = Promise.all([insist("a"), insist("b")]);
  clock.advance(60_000);
  expect(written).toEqual([]);
  expect(writes.isOutage).toBe(true);
  disk.isFull = false;
  clock.advance(5000);
  await both;
  expect(written).toEqual(["a", "b"]);
  expect(writes.isOutage).toBe(false);
  expect(disk.recoveries).toBe(1);
  expect(said).toEqual(["no room; no build starts until then", "the master's database is writable again"]);
});

test("a reported failure is an outage until a write succeeds, and is logged once", () => {
  const { clock, disk, said, writes } = make();
  disk.isFull = true;
  writes.failed(new Error("no room"));
  clock.advance(60_000);
  expect(said).toHaveLength(1);
  disk.isFull = false;
  clock.advance(5000);
  expect(said).toEqual(["no room; no build starts until then", "the master's database is writable again"]);
});

test("a damaged store is not retried", () => {
  const { clock, said, writes } = make();
  writes.failed(masterErrors.storeDamaged("state.sqlite", "page 7"));
  clock.advance(3_600_000);
  expect(writes.isOutage).toBe(true);
  expect(said).toHaveLength(1);
  expect(clock.timerCount).toBe(0);
});

test("closing tries once more and leaves no timer", () => {
  const { insist, written, disk, writes, clock } = make();
  disk.isFull = true;
  void insist("a");
  disk.isFull = false;
  writes.close();
  expect(written).toEqual(["a"]);
  disk.isFull = true;
  writes.failed(new Error("no room"));
  expect(clock.timerCount).toBe(0);
});
