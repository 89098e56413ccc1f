// Environments in a directory that looks like /proc, where one may hang whoever reads it: a FIFO that nobody writes to.
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { COOKIE_NAME } from "../../../src/process/tree/command-cookie.ts";
import { ENVIRONMENT_LIMIT_MS, findProcessesWithCookie } from "../../../src/process/tree/cookie-search.ts";
import { type ListedProcess, startTicksOf } from "../../../src/process/tree/process-list.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { poll } from "../../support/poll.ts";

let procDirectory: string;
/** Stands still, so that no read of a file takes too long. */
let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
  procDirectory = mkdtempSync(join(tmpdir(), "buildhand-bearers-"));
});
afterEach(() => rmSync(procDirectory, { recursive: true }));

function make(pid: number, environment: string | undefined): ListedProcess {
  mkdirSync(join(procDirectory, String(pid)));
  if (environment !== undefined) writeFileSync(join(procDirectory, String(pid), "environ"), environment);
  return { pid, program: "sh", parent: 1, group: pid, session: pid, startTicks: startTicksOf(pid) ?? 5 };
}

const mark = (cookie: string) => `PATH=/bin\0${COOKIE_NAME}=${cookie}\0`;

async function search(candidates: readonly ListedProcess[], isWanted = () => true) {
  const found: number[] = [];
  const onBearer = ({ pid }: ListedProcess) => found.push(pid);
  const doubtful = await findProcessesWithCookie(candidates, {
    cookie: "ours",
    clock,
    procDirectory,
    isWanted,
    onBearer,
  });
  return { found, doubtful: doubtful.map(({ pid }) => pid) };
}

test("those with the cookie are found, and others are not in doubt", async () => {
  const candidates = [make(100_001, mark("ours")), make(100_002, mark("another's")), make(100_003, undefined)];
  expect(await search(candidates)).toEqual({ found: [100_001], doubtful: [] });
});

test("a cookie is found wherever it stands in an environment of any size", async () => {
  const candidates = [4000, 4050, 4090, 10_000].map((size, n) =>
    make(100_010 + n, `A=${"x".repeat(size)}\0${mark("ours")}`),
  );
  expect(await search(candidates)).toEqual({ found: candidates.map(({ pid }) => pid), doubtful: [] });
});

test("one that shows nothing is in doubt if it is there, and so is one that hangs in the kernel", async () => {
  const here = make(process.pid, "");
  const gone = make(100_004, "");
  const hanging = { ...make(100_005, mark("ours")), hangs: true as const };
  expect(await search([here, gone, hanging])).toEqual({ found: [], doubtful: [process.pid, 100_005] });
});

test("one whose memory is locked keeps nobody from looking into the others", async () => {
  const locked = make(100_006, undefined);
  const fifo = join(procDirectory, "100006", "environ");
  execFileSync("mkfifo", [fifo]);
  const searched = search([locked, make(100_007, mark("ours"))]);
  await poll("the search to wait", () => clock.timerCount > 0);
  clock.advance(ENVIRONMENT_LIMIT_MS);
  expect(await searched).toEqual({ found: [100_007], doubtful: [100_006] });
  closeSync(openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK)); // lets the thread go
});

test("a search that is not wanted any more ends", async () => {
  const candidates = [make(100_008, mark("ours"))];
  expect((await search(candidates, () => false)).found).toEqual([]);
});
