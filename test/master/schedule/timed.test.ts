import { expect, test } from "vitest";
import { TimedSchedule } from "../../../src/master/schedule/timed.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const HOUR_MS = 3_600_000;

interface Made {
  readonly clock: ManualClock;
  readonly schedule: TimedSchedule;
  readonly runs: number[];
  readonly failures: unknown[];
  fails: boolean;
}

function make(lastRunAtMs?: number): Made {
  const clock = new ManualClock();
  clock.jumpWall(1000 * HOUR_MS);
  let last = lastRunAtMs;
  const made: Made = {
    clock,
    runs: [],
    failures: [],
    fails: false,
    schedule: new TimedSchedule({
      dueAtMs: (last, nowMs) => (last === undefined ? nowMs : last + HOUR_MS),
      clock,
      lastRunAtMs: () => last,
      run: (atMs) => {
        if (made.fails) throw new Error("disk");
        last = atMs;
        made.runs.push(atMs / HOUR_MS - 1000);
      },
      onFailure: (error) => made.failures.push(error),
    }),
  };
  return made;
}

test("runs immediately the first time, and then at regular intervals", () => {
  const { schedule, clock, runs } = make();
  schedule.start();
  clock.advance(3 * HOUR_MS);
  expect(runs).toEqual([0, 1, 2, 3]);
});

test("a restart does not make it run early", () => {
  const { schedule, clock, runs } = make(999.5 * HOUR_MS);
  schedule.start();
  expect(runs).toEqual([]);
  clock.advance(HOUR_MS);
  expect(runs).toEqual([0.5]);
});

test("runs missed while the master was stopped become one", () => {
  const { schedule, clock, runs } = make(100 * HOUR_MS);
  schedule.start();
  clock.advance(0.9 * HOUR_MS);
  expect(runs).toEqual([0]);
});

test("runs missed while the host slept become one, within a minute of waking up", () => {
  const { schedule, clock, runs } = make();
  schedule.start();
  clock.jumpWall(50 * HOUR_MS);
  clock.advance(60_000);
  expect(runs).toHaveLength(2);
  clock.advance(0.9 * HOUR_MS);
  expect(runs).toHaveLength(2);
});

test("a clock that is set back by years does not stop it", () => {
  const { schedule, clock, runs } = make();
  schedule.start();
  clock.jumpWall(-900 * HOUR_MS);
  clock.advance(60_000);
  expect(runs).toHaveLength(2);
  clock.advance(HOUR_MS);
  expect(runs).toHaveLength(3);
});

test("a failed run is retried, and does not end the schedule", () => {
  const made = make();
  made.fails = true;
  made.schedule.start();
  expect(made.failures).toHaveLength(1);
  made.fails = false;
  made.clock.advance(1000);
  expect(made.runs).toHaveLength(1);
});

test("nothing runs after a stop", () => {
  const { schedule, clock, runs } = make();
  schedule.start();
  schedule.stop();
  clock.advance(5 * HOUR_MS);
  expect(runs).toEqual([0]);
  expect(clock.timerCount).toBe(0);
});
