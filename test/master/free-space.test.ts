import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { FreeSpace } from "../../src/master/free-space.ts";
import { ManualClock } from "../support/manual-clock.ts";

const { bsize, blocks } = statfsSync(tmpdir());
const diskBytes = bsize * blocks;

function make(limits: { minFreeBytes: number; minFreePercent: number }, directories = [tmpdir()]) {
  const clock = new ManualClock();
  const said: string[] = [];
  const recoveries: number[] = [];
  const space = new FreeSpace({
    directories,
    limits: () => limits,
    clock,
    log: (sentence) => said.push(sentence),
    onRecovered: () => recoveries.push(clock.nowMs()),
  });
  return { clock, said, recoveries, space, limits };
}

test.each([
  [{ minFreeBytes: 2 * diskBytes, minFreePercent: 0 }, "minFreeSpace"],
  [{ minFreeBytes: 1, minFreePercent: 200 }, "minFreePercent"],
])("with less than %o there is too little, and the sentence names %s", (limits, key) => {
  const { space, said } = make(limits);
  expect(space.isEnough()).toBe(false);
  expect(space.trouble).toMatch(new RegExp(`^only \\d+ MiB are free at .*, and retention: ${key} requires \\d+ MiB`));
  expect(said).toEqual([`${space.trouble}; no build starts until then`]);
});

test("without limits there is always enough, and also where the file system cannot be read", () => {
  expect(make({ minFreeBytes: 0, minFreePercent: 0 }).space.isEnough()).toBe(true);
  expect(make({ minFreeBytes: 2 * diskBytes, minFreePercent: 0 }, ["/nowhere"]).space.isEnough()).toBe(true);
});

test("a shortage is logged once, checked repeatedly, and its end is logged", () => {
  const { clock, said, recoveries, space, limits } = make({ minFreeBytes: 2 * diskBytes, minFreePercent: 0 });
  expect([space.isEnough(), space.isEnough()]).toEqual([false, false]);
  clock.advance(60_000);
  expect([said.length, recoveries.length, clock.timerCount]).toEqual([1, 0, 1]);
  limits.minFreeBytes = 0;
  clock.advance(5000);
  expect(recoveries).toEqual([65_000]);
  expect([space.trouble, said.at(-1), clock.timerCount]).toEqual([undefined, "the disk has room for builds again", 0]);
});

test("closing leaves no timer", () => {
  const { clock, space } = make({ minFreeBytes: 2 * diskBytes, minFreePercent: 0 });
  space.isEnough();
  space.close();
  expect(clock.timerCount).toBe(0);
});
