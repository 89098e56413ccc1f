import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  ownerHere,
  RECORD_PREFIX,
  RunningRecord,
  readOwner,
} from "../../../src/process/crash-safety/running-record.ts";
import { runningAfter, type SupervisedCommand } from "../../../src/process/crash-safety/supervised-command.ts";

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

test("a record names its worker and the running commands, is readable only by its user, and is removed after a clean end", () => {
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

test("a record does not grow with the number of ended commands", () => {
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

test("a write failure is reported once and leaves no record, and the next command writes all of it again", () => {
  rmSync(directory, { recursive: true });
  const record = newRecord();
  record.begin(command(12));
  record.begin(command(13));
  expect(failures).toEqual([expect.stringContaining("ENOENT")]);
  mkdirSync(directory);
  expect(existsSync(path)).toBe(false);
  record.begin(command(14));
  expect(recorded()).toEqual([command(12), command(13), command(14)]);
  rmSync(directory, { recursive: true });
  expect(failures).toHaveLength(1);
  record.close();
});

test("a record that cannot be written for a while is written as soon as possible", () => {
  rmSync(directory, { recursive: true });
  symlinkSync("/sys", directory); // where not even root may make a file
  const record = newRecord();
  record.begin(command(12));
  expect(failures).toEqual([expect.stringMatching(/EACCES|EPERM|EROFS/)]);
  rmSync(directory);
  mkdirSync(directory);
  record.begin(command(13));
  expect(recorded()).toEqual([command(12), command(13)]);
  expect(failures).toHaveLength(1);
  record.close();
});

test("a record that does not fit on the disk is removed, until all of it can be written", () => {
  // In a process that may write so many blocks of 512 bytes to a file, as on a disk that has no room for more.
  const script = `
    import { existsSync, readFileSync } from "node:fs";
    import { RunningRecord } from ${JSON.stringify(new URL("../../../dist/process/crash-safety/running-record.js", import.meta.url).href)};
    const failures = [];
    const record = new RunningRecord({ directory: ${JSON.stringify(directory)}, onFailure: (reason) => failures.push(reason) });
    const path = ${JSON.stringify(join(directory, RECORD_PREFIX))} + process.pid;
    const commands = Array.from({ length: 40 }, (_, index) => ({ leaderPid: 100_000 + index, startTicks: 5, cookie: "ab" }));
    let whole = 0;
    for (const command of commands) {
      record.begin(command);
      if (existsSync(path) && readFileSync(path, "latin1").endsWith("\\n")) whole += 1;
      else if (existsSync(path)) failures.push("a torn record");
    }
    for (const command of commands.slice(1)) record.end(command);
    console.log(JSON.stringify({ whole, failures, record: readFileSync(path, "latin1").split("\\n").slice(1) }));
  `;
  const limited = ["-c", 'ulimit -f 1; exec "$0" --input-type=module -e "$1"', process.execPath, script];
  const { whole, failures: told, record } = JSON.parse(execFileSync("sh", limited, { encoding: "utf8" }));
  expect(whole).toBeGreaterThan(0);
  expect(whole).toBeLessThan(40);
  expect(told[0]).toMatch(/only \d+ of \d+ bytes could be written/);
  expect(told).not.toContain("a torn record");
  expect(record[0]).toBe("+100000:5:ab:");
});

test("an invalid record has no owner", () => {
  for (const text of ["", "worker", "worker 5 6\n", "worker 5 6 here", "+12:5::\n"]) {
    expect(readOwner(text)).toBeUndefined();
  }
});
