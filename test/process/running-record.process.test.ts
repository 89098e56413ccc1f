import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ownerHere, RECORD_PREFIX, RunningRecord, readOwner } from "../../src/process/running-record.ts";
import { runningAfter, type SupervisedCommand } from "../../src/process/supervised-command.ts";

let directory: string;
let path: string;
const failures: string[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-record-"));
  path = join(directory, `${RECORD_PREFIX}${process.pid}`);
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
  failures.splice(0);
});

const command = (leaderPid: number): SupervisedCommand => ({ leaderPid, startTicks: 5, cookie: "ab" });
const newRecord = () => new RunningRecord({ directory, onFailure: (reason) => failures.push(reason) });
const recorded = () => runningAfter(readFileSync(path, "latin1"));

test("a record says whose it is and what runs, to its user alone, and is gone after a good end", () => {
  const record = newRecord();
  expect(existsSync(path)).toBe(false);
  const [first, second] = [command(12), command(13)];
  record.begin(first);
  record.begin(second);
  record.end(first);
  expect(recorded()).toEqual([second]);
  expect(readOwner(readFileSync(path, "latin1"))).toEqual(ownerHere());
  expect(statSync(path).mode & 0o777).toBe(0o600);
  record.close();
  record.begin(first);
  expect(existsSync(path)).toBe(false);
  expect(failures).toEqual([]);
});

test("a record does not grow with the number of commands that are over", () => {
  const record = newRecord();
  const stays = command(12);
  record.begin(stays);
  for (let pid = 100; pid < 10_000; pid += 1) {
    const one = command(pid);
    record.begin(one);
    record.end(one);
  }
  expect(statSync(path).size).toBeLessThan(70_000);
  expect(recorded()).toEqual([stays]);
  record.close();
});

test("what cannot be recorded is said once, and leaves no record that misses an end", () => {
  rmSync(directory, { recursive: true });
  const record = newRecord();
  record.begin(command(12));
  mkdirSync(directory);
  record.begin(command(13));
  expect(failures).toEqual([expect.stringContaining("ENOENT")]);
  expect(existsSync(path)).toBe(false);
  record.close();
});

test("what is no record has no owner", () => {
  for (const text of ["", "worker", "worker 5 6\n", "worker 5 6 here", "+12:5::\n"]) {
    expect(readOwner(text)).toBeUndefined();
  }
});
