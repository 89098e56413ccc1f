// The same remote commands and the same steps on workers of one master: everything that our worker does must equal what the real
// one does over PB, but for the differences that are meant, and for what MessagePack or its master does otherwise. Over
// MessagePack the commands run as they are, the builds inside of TLS. A second Python worker shows that the comparison is fair.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Front, secures } from "../faults/front.ts";
import { makeAuthority } from "../support/certificates.ts";
import type { CommandCase } from "./cases/case.ts";
import { expectedOfOurs, isLeftToChance } from "./cases/differences.ts";
import { downloadingBuilds, expectedOverMsgpack, onlyOverPb } from "./cases/msgpack-differences.ts";
import { stepCases } from "./cases/steps.ts";
import { caseTables } from "./cases/tables.ts";
import { describeWithMaster } from "./support/availability.ts";
import type { CommandRecord } from "./support/command-record.ts";
import { type Contender, commandAgain, EVERYTHING_DEADLINE_MS, masterOf, runContenders } from "./support/contenders.ts";
import type { Everything } from "./support/everything.ts";
import { createSourceRepository } from "./support/source-repository.ts";
import type { TestMaster } from "./support/test-master.ts";
import { testedKinds, type WorkerKind } from "./support/worker-process.ts";

const REFERENCE = "reference";
const OVER_MESSAGEPACK = "msgpack";
const INSIDE_OF_TLS = "msgpack-tls";
const pairs = testedKinds.map((kind) => ({
  pair: `python and ${kind}`,
  kind,
  name: `other-${kind}`,
}));

/** Steps without the repository they need, for their names. */
const namedBuilds = stepCases("");

const leftOut: readonly string[] = onlyOverPb.names;

describeWithMaster("the same on two workers", () => {
  let outcomes: ReadonlyMap<string, Everything>;
  let scratch: string;
  let master: TestMaster;
  let front: Front | undefined;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "buildhand-differential-"));
    const repository = join(scratch, "repository");
    await createSourceRepository(repository);
    const builds = stepCases(repository);
    const cases = { tables: caseTables, builds };
    const authority = makeAuthority(scratch, "private");
    front = await Front.open(() => {});
    const endpoint = `tls:127.0.0.1:${front.port}:trustRoots=${authority.directory}`;
    const contenders: readonly Contender[] = [
      { name: REFERENCE, kind: "python", cases },
      ...pairs.map(({ name, kind }) => ({ name, kind, cases })),
      {
        name: OVER_MESSAGEPACK,
        kind: "buildhand",
        cases: { tables: caseTables, builds: [], leftOut },
        protocol: "msgpack",
      },
      {
        name: INSIDE_OF_TLS,
        kind: "buildhand",
        cases: { tables: [], builds },
        protocol: "msgpack",
        createOptions: [`--connection-string=${endpoint}`],
      },
    ];
    master = await masterOf(contenders);
    front.conduct = secures(master.ports.msgpack, authority.issue("front", { names: "IP:127.0.0.1" }));
    outcomes = await runContenders(master, contenders);
  }, EVERYTHING_DEADLINE_MS);

  afterAll(async () => {
    await front?.end();
    await master?.end();
    rmSync(scratch, { recursive: true, force: true });
  });

  function theirCommand(name: string): CommandRecord {
    const record = outcomes.get(REFERENCE)?.commands.get(name);
    if (record === undefined) throw new Error("the reference has no record of this case");
    return record;
  }

  describe.each(pairs)("$pair", ({ kind, name: worker }) => {
    for (const { title, cases } of caseTables) {
      const comparable = cases.filter((one) => isComparable(one, kind));
      if (comparable.length > 0) {
        describe(title, () => {
          for (const { name } of comparable) {
            test(name, async ({ task }) => {
              if (task.result?.retryCount) await commandAgain(outcomes, name);
              const theirs = theirCommand(name);
              const actual = outcomes.get(worker)?.commands.get(name);
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

  describe("python over PB and buildhand over MessagePack", () => {
    for (const { title, cases } of caseTables) {
      const names = cases.map(({ name }) => name).filter((name) => !leftOut.includes(name));
      describe.skipIf(names.length === 0)(title, () => {
        test.for(names)("%s", async (name, { task }) => {
          if (task.result?.retryCount) await commandAgain(outcomes, name);
          const theirs = theirCommand(name);
          const expected = expectedOverMsgpack(name, expectedOfOurs(name, theirs) ?? theirs);
          expect(outcomes.get(OVER_MESSAGEPACK)?.commands.get(name)).toEqual(expected);
        });
      });
    }

    describe("inside of TLS: builds of ordinary steps", () => {
      test.each(namedBuilds.map(({ name }) => name))("%s", (name) => {
        const theirs = outcomes.get(REFERENCE)?.builds.get(name);
        const ours = outcomes.get(INSIDE_OF_TLS)?.builds.get(name);
        expect(theirs?.steps.length).toBeGreaterThan(0);
        if (downloadingBuilds.names.some((one) => one === name)) {
          const failed = JSON.stringify(ours?.steps.filter(({ result }) => result === "failure"));
          expect(failed).toContain("cannot send files over MessagePack");
        } else expect(ours).toEqual(theirs);
      });
    });
  });
});

function isComparable({ name }: CommandCase, kind: WorkerKind): boolean {
  return kind !== "python" || !isLeftToChance(name);
}
