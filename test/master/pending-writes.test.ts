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

test("what can be written is written at once", async () => {
  const { insist, written, clock } = make();
  await insist("a");
  expect(written).toEqual(["a"]);
  expect(clock.timerCount).toBe(0);
});

test("what cannot is tried again, in order, and the outage is said once", async () => {
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
  expect(said).toEqual(["no room; until then no build begins", "the store can be written again"]);
});

test("a failure of others is an outage until something can be written, and is said once", () => {
  const { clock, disk, said, writes } = make();
  disk.isFull = true;
  writes.failed(new Error("no room"));
  clock.advance(60_000);
  expect(said).toHaveLength(1);
  disk.isFull = false;
  clock.advance(5000);
  expect(said).toEqual(["no room; until then no build begins", "the store can be written again"]);
});

test("a store that is damaged is not tried again", () => {
  const { clock, said, writes } = make();
  writes.failed(masterErrors.storeDamaged("state.sqlite", "page 7"));
  clock.advance(3_600_000);
  expect(writes.isOutage).toBe(true);
  expect(said).toHaveLength(1);
  expect(clock.timerCount).toBe(0);
});

test("at the end it is tried a last time, and no timer is left", () => {
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
