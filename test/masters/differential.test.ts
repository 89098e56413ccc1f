// The same remote commands and the same steps on the workers of one master: everything they do must be equal, but for
// the differences that are meant. The pair of two Python workers shows that the comparison is fair. Over MessagePack our
// worker does it once more: the commands as they are, the builds inside of TLS.
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
import { buildersForEverything, type Cases, type Everything, runEverything } from "./support/everything.ts";
import { createSourceRepository } from "./support/source-repository.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import {
  lacks,
  startAttachedWorker,
  type WorkerKind,
  type WorkerOptions,
  workerKinds,
} from "./support/worker-process.ts";

const EVERYTHING_DEADLINE_MS = 600_000;

const REFERENCE = "reference";
const pairs = workerKinds.map((kind) => ({ pair: `python and ${kind}`, kind, name: `other-${kind}` }));

const OVER_MESSAGEPACK = "msgpack";
const OVER_MESSAGEPACK_AND_TLS = "msgpack-tls";

/** Steps without the repository they need, for their names. */
const namedBuilds = stepCases("");

const tablesOverMsgpack = caseTables.map((table) => ({
  ...table,
  cases: table.cases.filter(({ name }) => !onlyOverPb.names.some((one) => one === name)),
}));

describeWithMaster("the same on the workers of one master", () => {
  const outcomes = new Map<string, Everything>();
  let scratch: string;
  let master: TestMaster;
  let front: Front | undefined;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "buildhand-differential-"));
    const repository = join(scratch, "repository");
    await createSourceRepository(repository);
    const cases = { tables: caseTables, builds: stepCases(repository) };
    const authority = makeAuthority(scratch, "private");
    front = await Front.open(() => {});
    const commandsOnly = { tables: tablesOverMsgpack, builds: [] };
    const buildsOnly = { tables: [], builds: cases.builds };
    const connectionString = `tls:127.0.0.1:${front.port}:trustRoots=${authority.directory}`;
    const workers: readonly Contender[] = [
      { name: REFERENCE, kind: "python", cases },
      ...pairs.map((pair) => ({ ...pair, cases })),
      { name: OVER_MESSAGEPACK, kind: "buildhand", cases: commandsOnly, protocol: "msgpack" },
      {
        name: OVER_MESSAGEPACK_AND_TLS,
        kind: "buildhand",
        cases: buildsOnly,
        protocol: "msgpack",
        createOptions: [`--connection-string=${connectionString}`],
      },
    ];
    master = await startMaster({
      workers: workers.map(({ name }) => ({ name, password: "password" })),
      builders: workers.flatMap((worker) => buildersForEverything(worker.cases, [worker.name])),
    });
    front.conduct = secures(master.ports.msgpack, authority.issue("front", { names: "IP:127.0.0.1" }));
    await Promise.all(
      workers.map(async ({ cases: share, kind, ...options }) => {
        const worker = await startAttachedWorker(kind, master, options);
        outcomes.set(options.name, await runEverything(master, share, worker));
      }),
    );
  }, EVERYTHING_DEADLINE_MS);

  afterAll(async () => {
    await front?.end();
    await master?.end();
    rmSync(scratch, { recursive: true, force: true });
  });

  describe.each(pairs)("$pair", ({ kind, name: worker }) => {
    for (const { title, cases } of caseTables) {
      const comparable = cases.filter((one) => isComparable(one, kind));
      if (comparable.length > 0) {
        describe(title, () => {
          for (const { name } of comparable) {
            test(name, () => {
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
      for (const { name, needs } of namedBuilds) {
        if (needs !== undefined && lacks(kind, needs)) continue;
        test(name, () => {
          const theirs = outcomes.get(REFERENCE)?.builds.get(name);
          expect(theirs?.steps.length).toBeGreaterThan(0);
          expect(outcomes.get(worker)?.builds.get(name)).toEqual(theirs);
        });
      }
    });
  });

  describe("python and buildhand over MessagePack", () => {
    for (const { title, cases } of tablesOverMsgpack) {
      describe(title, () => {
        test.each(cases.map(({ name }) => name))("%s", (name) => {
          const theirs = outcomes.get(REFERENCE)?.commands.get(name);
          if (theirs === undefined) throw new Error("the reference has no record of this case");
          const expected = expectedOverMsgpack(name, expectedOfOurs(name, theirs) ?? theirs);
          expect(outcomes.get(OVER_MESSAGEPACK)?.commands.get(name)).toEqual(expected);
        });
      });
    }

    describe("inside of TLS: builds of ordinary steps", () => {
      test.each(namedBuilds.map(({ name }) => name))("%s", (name) => {
        const theirs = outcomes.get(REFERENCE)?.builds.get(name);
        const ours = outcomes.get(OVER_MESSAGEPACK_AND_TLS)?.builds.get(name);
        expect(theirs?.steps.length).toBeGreaterThan(0);
        if (downloadingBuilds.names.some((one) => one === name)) {
          const text = JSON.stringify(ours?.steps.filter(({ result }) => result === "failure"));
          expect(text).toContain("cannot send files over MessagePack");
        } else expect(ours).toEqual(theirs);
      });
    });
  });
});

interface Contender extends WorkerOptions {
  readonly kind: WorkerKind;
  readonly cases: Cases;
}

function isComparable({ name, needs }: CommandCase, kind: WorkerKind): boolean {
  if (kind === "python") return !isLeftToChance(name);
  return needs === undefined || !lacks(kind, needs);
}
