// The same remote commands on two workers of one master, both with another unicode_encoding than the host's.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectedOfOurs } from "./cases/differences.ts";
import { encodingTables } from "./cases/encodings.ts";
import { describeWithMaster } from "./support/availability.ts";
import { buildersForEverything, type Everything, runEverything } from "./support/everything.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import { startAttachedWorker, workerKinds } from "./support/worker-process.ts";

const DEADLINE_MS = 900_000;

const workers = encodingTables.flatMap((table) =>
  workerKinds.map((kind) => ({ table, kind, name: `${kind}-${table.encoding}` })),
);

describeWithMaster("the same on two workers with", () => {
  const outcomes = new Map<string, Everything>();
  let master: TestMaster;

  beforeAll(async () => {
    master = await startMaster({
      workers: workers.map(({ name }) => ({ name, password: "password" })),
      builders: workers.flatMap(({ table, name }) => buildersForEverything({ tables: [table], builds: [] }, [name])),
    });
    await Promise.all(
      workers.map(async ({ table, kind, name }) => {
        const worker = await startAttachedWorker(kind, master, { name, unicodeEncoding: table.encoding });
        outcomes.set(name, await runEverything(master, { tables: [table], builds: [] }, worker));
      }),
    );
  }, DEADLINE_MS);

  afterAll(async () => {
    await master?.end();
  });

  describe.each(encodingTables)("$title", ({ encoding, cases }) => {
    test.each(cases.map(({ name }) => name))("%s", (name) => {
      const theirs = outcomes.get(`python-${encoding}`)?.commands.get(name);
      const ours = outcomes.get(`buildhand-${encoding}`)?.commands.get(name);
      if (theirs === undefined) throw new Error("the Python worker has no record of this case");
      const expected = expectedOfOurs(name, theirs);
      expect(ours).toEqual(expected ?? theirs);
      // a difference that has gone must go from the list too
      if (expected !== undefined) expect(ours).not.toEqual(theirs);
    });
  });
});
