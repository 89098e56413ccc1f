// Two workers in one process: one supervisor, and a record in the base directory of each.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RECORD_PREFIX } from "../../../src/process/crash-safety/running-record.ts";
import { runningAfter } from "../../../src/process/crash-safety/supervised-command.ts";
import { Supervisor } from "../../../src/process/crash-safety/supervisor.ts";
import { WorkerSupervision } from "../../../src/process/crash-safety/worker-supervision.ts";
import { entriesOf } from "../../../src/process/tree/process-list.ts";
import { ManualClock } from "../../support/manual-clock.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand-supervision-"));
});
afterEach(() => rmSync(root, { recursive: true }));

test("each worker records its own commands only, and removes no other's record", async () => {
  const failures: string[] = [];
  const onFailure = (reason: string) => void failures.push(reason);
  const supervisor = new Supervisor({ clock: new ManualClock(), controlGroups: "off", onFailure });
  const workers = ["a", "b"].map((prefix) => {
    const directory = mkdtempSync(join(root, prefix));
    return { directory, supervision: new WorkerSupervision(supervisor, { directory, onFailure }) };
  });
  const [first, second] = workers as [(typeof workers)[0], (typeof workers)[0]];
  const names = [`${RECORD_PREFIX}${process.pid}`, `${RECORD_PREFIX}${process.pid}.2`];
  const recorded = (worker: (typeof workers)[0]) =>
    runningAfter(readFileSync(join(worker.directory, names[workers.indexOf(worker)]!), "latin1")).map(
      ({ cookie }) => cookie,
    );
  const ofFirst = first.supervision.announce({ cookie: "1".repeat(32), hidesNames: undefined });
  second.supervision.announce({ cookie: "2".repeat(32), hidesNames: undefined });
  expect(recorded(first)).toEqual(["1".repeat(32)]);
  expect(recorded(second)).toEqual(["2".repeat(32)]);
  first.supervision.dismiss(ofFirst);
  expect(recorded(first)).toEqual([]);
  first.supervision.close();
  expect(entriesOf(first.directory)).toEqual([]);
  expect(recorded(second)).toEqual(["2".repeat(32)]);
  second.supervision.close();
  await supervisor.close();
  expect(failures).toEqual([]);
});
