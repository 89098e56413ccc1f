import { expect, test } from "vitest";
import type { SchedulerConfig } from "../../../src/master/master-config.ts";
import { builder, config, shellStep, TestMaster } from "../test-master.ts";

const schedulers: readonly SchedulerConfig[] = [
  { type: "periodic", name: "hourly", builders: ["a", "b"], everySeconds: 3600 },
  { type: "force", name: "force", builders: ["a"] },
];

test("a periodic scheduler requests a build of each builder, but not again while its request waits", async () => {
  const steps = [shellStep("one")];
  const masterConfig = config([builder("a", steps), builder("b", steps), builder("c", steps)], { schedulers });
  const made = new TestMaster(masterConfig);
  const waiting = () => ["a", "b", "c"].map((name) => made.master.view.requests(name).map(({ reason }) => reason));
  expect(waiting()).toEqual([["periodic scheduler 'hourly'"], ["periodic scheduler 'hourly'"], []]);
  made.clock.advance(5 * 3_600_000);
  expect(waiting()).toEqual([["periodic scheduler 'hourly'"], ["periodic scheduler 'hourly'"], []]);
  await made.attach({ onCommand: (command) => command.complete(0) });
  await made.ended("a", 1);
  await made.ended("b", 1);
  await made.restart(masterConfig);
  expect(waiting()).toEqual([[], [], []]);
  made.clock.advance(3_600_000);
  expect(waiting()).toEqual([["periodic scheduler 'hourly'"], ["periodic scheduler 'hourly'"], []]);
  await made.remove();
});

test("only builders of a force scheduler can be forced", async () => {
  const made = new TestMaster(config([builder("a", []), builder("b", [])], { schedulers }));
  expect(made.master.view.builders().map(({ name, canBeForced }) => [name, canBeForced])).toEqual([
    ["a", true],
    ["b", false],
  ]);
  await made.remove();
});
