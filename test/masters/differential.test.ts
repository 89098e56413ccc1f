// The same remote commands and the same steps on two workers of one master: everything they do must be equal, but for
// the differences that are meant. The pair of two Python workers shows that the comparison is fair.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CommandCase } from "./cases/case.ts";
import { expectedOfOurs, isLeftToChance } from "./cases/differences.ts";
import { stepCases } from "./cases/steps.ts";
import { caseTables } from "./cases/tables.ts";
import { describeWithMaster } from "./support/availability.ts";
import { commandAgain, EVERYTHING_DEADLINE_MS, masterOf, runContenders } from "./support/contenders.ts";
import type { Everything } from "./support/everything.ts";
import { createSourceRepository } from "./support/source-repository.ts";
import type { TestMaster } from "./support/test-master.ts";
import { type WorkerKind, workerKinds } from "./support/worker-process.ts";

const REFERENCE = "reference";
const pairs = workerKinds.map((kind) => ({ pair: `python and ${kind}`, kind, name: `other-${kind}` }));

/** Steps without the repository they need, for their names. */
const namedBuilds = stepCases("");

describeWithMaster("the same on two workers", () => {
  let outcomes: ReadonlyMap<string, Everything>;
  let scratch: string;
  let master: TestMaster;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "buildhand-differential-"));
    const repository = join(scratch, "repository");
    await createSourceRepository(repository);
    const cases = { tables: caseTables, builds: stepCases(repository) };
    const workers = [{ name: REFERENCE, kind: "python" as const }, ...pairs].map((worker) => ({ ...worker, cases }));
    master = await masterOf(workers);
    outcomes = await runContenders(master, workers);
  }, EVERYTHING_DEADLINE_MS);

  afterAll(async () => {
    await master?.end();
    rmSync(scratch, { recursive: true, force: true });
  });

  describe.each(pairs)("$pair", ({ kind, name: worker }) => {
    for (const { title, cases } of caseTables) {
      const comparable = cases.filter((one) => isComparable(one, kind));
      if (comparable.length > 0) {
        describe(title, () => {
          for (const { name } of comparable) {
            test(name, async ({ task }) => {
              if (task.result?.retryCount) await commandAgain(outcomes, name);
              const theirs = outcomes.get(REFERENCE)?.commands.get(name);
              const actual = outcomes.get(worker)?.commands.get(name);
              if (theirs === undefined) throw new Error("the reference has no record of this case");
              const ours = kind === "python" ? undefined : expectedOfOurs(name, theirs);
              expect(actual).toEqual(ours ?? theirs);
              // a difference that has gone must go from the list too
              if (ours !== undefined && !isLeftToChance(name)) expect(actual).not.toEqual(theirs);
            });
          }
        });
      }
    }

    describe("builds of ordinary steps", () => {
      for (const { name } of namedBuilds) {
        test(name, () => {
          const theirs = outcomes.get(REFERENCE)?.builds.get(name);
          expect(theirs?.steps.length).toBeGreaterThan(0);
          expect(outcomes.get(worker)?.builds.get(name)).toEqual(theirs);
        });
      }
    });
  });
});

function isComparable({ name }: CommandCase, kind: WorkerKind): boolean {
  return kind !== "python" || !isLeftToChance(name);
}
