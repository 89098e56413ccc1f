// The queue of a whole master, with workers that come, go and end what they run at any moment.
import fc from "fast-check";
import { expect, test } from "vitest";
import { sized } from "../support/sized.ts";
import type { FakeLink } from "./fake-link.ts";
import { builder, config, shellStep, TestMaster, worker } from "./test-master.ts";

const workers = ["w1", "w2", "w3"] as const;
const builders = ["a", "b", "c", "d"] as const;

type Act =
  | { readonly type: "force"; readonly builder: string }
  | { readonly type: "attach" | "lose" | "shut down"; readonly worker: string }
  | { readonly type: "end"; readonly worker: string; readonly which: number; readonly rc: number }
  | { readonly type: "stop"; readonly which: number }
  | { readonly type: "cancel"; readonly which: number };

const someWorker = fc.constantFrom(...workers);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("force"), builder: fc.constantFrom(...builders) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("attach"), worker: someWorker }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom("lose", "shut down"), worker: someWorker }) },
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("end"), worker: someWorker, which: fc.nat(3), rc: fc.nat(1) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom("stop", "cancel"), which: fc.nat(3) }) },
);

const setups = fc.record({
  maxBuilds: fc.tuple(...workers.map(() => fc.constantFrom(1, 1, 2, 3, undefined))),
  able: fc.tuple(...builders.map(() => fc.subarray([...workers], { minLength: 1 }))),
});

/** Lets everything happen that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("never two builds of a builder on one worker, never more than a worker's maximum, and no request is lost", async () => {
  await fc.assert(
    fc.asyncProperty(
      setups,
      fc.array(act, { minLength: 20, maxLength: 40, size: "max" }),
      async ({ maxBuilds, able }, acts) => {
        const steps = [shellStep("one")];
        const made = new TestMaster(
          config(
            builders.map((name, index) => builder(name, steps, { workers: able[index]! })),
            { workers: workers.map((name, index) => worker(name, maxBuilds[index])) },
          ),
        );
        const links = new Map<string, FakeLink>();
        const cancelled = new Set<string>();
        let forced = 0;

        const check = () => {
          const running = made.master.view.builders().flatMap((view) => view.running);
          for (const [index, name] of workers.entries()) {
            const own = running.filter((build) => build.worker === name).map((build) => build.builder);
            expect(new Set(own).size).toBe(own.length);
            expect(own.length).toBeLessThanOrEqual(maxBuilds[index] ?? builders.length);
          }
        };

        try {
          for (const one of acts) {
            const link = "worker" in one ? links.get(one.worker) : undefined;
            const running = made.master.view.builders().flatMap((view) => view.running);
            const waiting = builders.flatMap((name) => made.master.view.requests(name));
            switch (one.type) {
              case "force":
                made.master.view.force(one.builder, `reason ${++forced}`);
                break;
              case "attach":
                if (link === undefined || link.endedBecause !== undefined) {
                  links.set(one.worker, await made.attach({ name: one.worker }));
                }
                break;
              case "lose":
                link?.end("lost");
                break;
              case "shut down":
                if (made.master.view.worker(one.worker)?.state === "attached")
                  made.master.view.shutDownWorker(one.worker);
                break;
              case "end":
                link?.commands.filter((command) => !command.isOver)[one.which]?.complete(one.rc);
                break;
              case "stop": {
                const build = running[one.which];
                if (build !== undefined) made.master.view.stop(build.builder, build.number, "stopped");
                break;
              }
              case "cancel": {
                const request = waiting[one.which];
                if (request === undefined) break;
                made.master.view.cancelRequest(request.id);
                cancelled.add(request.reason);
                break;
              }
            }
            await settle();
            check();
          }

          // Every worker comes back and runs commands until the queue is empty.
          for (const link of links.values()) link.end("the end");
          await settle();
          for (const name of workers) {
            await made.attach({ name, onCommand: (command) => setImmediate(() => command.complete(0)) });
          }
          for (let turn = 0; turn < 1000; turn++) {
            await settle();
            check();
            if (made.master.view.builders().every((view) => view.waitingCount + view.running.length === 0)) break;
          }
          const builds = made.master.view.builds({ limit: 10_000 });
          const finished = builds.filter(({ result }) => result !== "RETRY").map(({ reason }) => reason);
          expect(new Set(finished).size).toBe(finished.length);
          expect(new Set([...finished, ...cancelled])).toEqual(
            new Set(Array.from({ length: forced }, (_, index) => `reason ${index + 1}`)),
          );
        } finally {
          await made.remove();
        }
      },
    ),
    { numRuns: sized(10, 30) },
  );
}, 120_000);
