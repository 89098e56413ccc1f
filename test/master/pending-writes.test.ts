import { expect, test } from "vitest";
import { PendingWrites } from "../../src/master/pending-writes.ts";
import { ManualClock } from "../support/manual-clock.ts";

function make() {
  const clock = new ManualClock();
  const said: string[] = [];
  const written: string[] = [];
  const disk = { isFull: false, recoveries: 0 };
  const onRecovered = () => disk.recoveries++;
  const writes = new PendingWrites({ clock, log: (sentence) => said.push(sentence), onRecovered });
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
  expect(said).toEqual(["no room; no build begins until it can be", "the store can be written again"]);
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
