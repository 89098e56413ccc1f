// The same remote commands and the same steps on our worker over MessagePack, beside the real worker over PB: everything they
// do must be equal, but for the differences that are meant, and for what the protocol or its master does otherwise. The
// commands run as they are, the builds inside of TLS.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Front, secures } from "../faults/front.ts";
import { makeAuthority } from "../support/certificates.ts";
import { expectedOfOurs } from "./cases/differences.ts";
import { downloadingBuilds, expectedOverMsgpack, onlyOverPb } from "./cases/msgpack-differences.ts";
import { stepCases } from "./cases/steps.ts";
import { caseTables } from "./cases/tables.ts";
import { describeWithMaster } from "./support/availability.ts";
import { type Contender, commandAgain, EVERYTHING_DEADLINE_MS, masterOf, runContenders } from "./support/contenders.ts";
import type { Everything } from "./support/everything.ts";
import { createSourceRepository } from "./support/source-repository.ts";
import type { TestMaster } from "./support/test-master.ts";

const REFERENCE = "reference";
const OVER_MESSAGEPACK = "msgpack";
const INSIDE_OF_TLS = "msgpack-tls";

/** Steps without the repository they need, for their names. */
const namedBuilds = stepCases("");

const tables = caseTables.map((table) => ({
  ...table,
  cases: table.cases.filter(({ name }) => !onlyOverPb.names.some((one) => one === name)),
}));

describeWithMaster("the same over MessagePack", () => {
  let outcomes: ReadonlyMap<string, Everything>;
  let scratch: string;
  let master: TestMaster;
  let front: Front | undefined;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "buildhand-differential-"));
    const repository = join(scratch, "repository");
    await createSourceRepository(repository);
    const builds = stepCases(repository);
    const authority = makeAuthority(scratch, "private");
    front = await Front.open(() => {});
    const endpoint = `tls:127.0.0.1:${front.port}:trustRoots=${authority.directory}`;
    const contenders: readonly Contender[] = [
      { name: REFERENCE, kind: "python", cases: { tables, builds } },
      { name: OVER_MESSAGEPACK, kind: "buildhand", cases: { tables, builds: [] }, protocol: "msgpack" },
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

  for (const { title, cases } of tables) {
    describe(title, () => {
      test.for(cases.map(({ name }) => name))("%s", async (name, { task }) => {
        if (task.result?.retryCount) await commandAgain(outcomes, name);
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
      const ours = outcomes.get(INSIDE_OF_TLS)?.builds.get(name);
      expect(theirs?.steps.length).toBeGreaterThan(0);
      if (downloadingBuilds.names.some((one) => one === name)) {
        const failed = JSON.stringify(ours?.steps.filter(({ result }) => result === "failure"));
        expect(failed).toContain("cannot send files over MessagePack");
      } else expect(ours).toEqual(theirs);
    });
  });
});
