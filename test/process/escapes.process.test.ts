// What a command starts, wherever it goes, is gone after every end that is not its own.
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BACKUP_TIMEOUT_MS } from "../../src/process/run/run.ts";
import type { RunRequest } from "../../src/process/run/run-request.ts";
import { PipePool } from "../../src/process/spawn/pipe-pool.ts";
import { newCookie } from "../../src/process/tree/command-cookie.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { rowsOf, sized } from "../support/sized.ts";
import { escapeNames, newMark, startEscapes, stormScript } from "./escapes.ts";
import { killRunning, pushUntilOver, type WatchedRun, watchRun } from "./run-program.ts";

const pipes = new PipePool({ onFallback: () => {} });
const strays = new Set<() => readonly number[]>();
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-escapes-"));
});
afterEach(async () => {
  for (const bearers of strays) {
    await poll("all processes of the command to end", () => {
      killRunning(bearers());
      return bearers().length === 0;
    });
  }
  strays.clear();
});
afterAll(() => {
  pipes.close();
  rmSync(directory, { recursive: true });
});

function start(script: string, changes: Partial<RunRequest> = {}) {
  const { env, bearers } = newMark();
  strays.add(bearers);
  const watched = watchRun(pipes, ["sh", "-c", script], {
    cookie: newCookie(),
    ...changes,
    env: { PATH: process.env["PATH"] ?? "", ...env },
  });
  return { ...watched, bearers };
}

/** By their names. */
function printedPids({ printed }: WatchedRun): ReadonlyMap<string, number> {
  const lines = `${printed("stdout")}`.matchAll(/^(\w+) (\d+)$/gm);
  return new Map([...lines].map(([, name = "", pid]) => [name, Number(pid)]));
}

const intClock = new ManualClock();
const ends: [string, string, Partial<RunRequest>, (watched: WatchedRun) => void][] = [
  ["silence", "exec sleep 1000", { limits: { idleTimeoutMs: 1500 } }, () => {}],
  ["its longest time", "exec sleep 1000", { limits: { maxTimeMs: 1500 } }, () => {}],
  ["too many lines", "exec sleep 1000", {}, ({ run }) => run.interrupt("output-limit")],
  ["an interrupt", "exec sleep 1000", {}, ({ run }) => run.interrupt("interrupted")],
  ["an interrupt once its program has ended", "exit 0", {}, ({ run }) => run.interrupt("interrupted")],
  [
    "an interrupt by INT, for which shells do not end what is in the background",
    "exec sleep 1000",
    { interruptSignal: "INT", clock: intClock },
    ({ run }) => {
      run.interrupt("interrupted");
      intClock.advance(BACKUP_TIMEOUT_MS);
    },
  ],
  [
    "SIGTERM and a grace",
    "exec sleep 1000",
    { limits: { sigtermGraceMs: 300 } },
    ({ run }) => {
      run.interrupt("interrupted");
    },
  ],
  ["its master or its worker", "exec sleep 1000", {}, ({ run }) => run.kill()],
];

describe("of a run that is ended by", () => {
  // Silence stands for every limit.
  test.each(rowsOf(ends, ([by]) => !/longest time|too many lines/.test(by)))(
    "%s nothing is left",
    async (_by, last, changes, end) => {
      const watched = start(`${startEscapes}\n${last}`, changes);
      await watched.untilPrinted("ready");
      await poll("all that was started to say so", () => printedPids(watched).size === escapeNames.length);
      expect(watched.bearers().length).toBeGreaterThanOrEqual(escapeNames.length);
      end(watched);
      const outcome = changes.clock === intClock ? pushUntilOver(intClock, watched.outcome) : watched.outcome;
      expect(await outcome).not.toHaveProperty("leftRunning");
      expect(watched.bearers()).toEqual([]);
    },
  );
});

/** At once. */
const MANY = sized(40, 200);

describe("a bounded storm of processes that start others and end", () => {
  test.each([
    [`${MANY} in the command's session`, { count: MANY, start: "", pause: "" }],
    ["10 that all leave for sessions of their own", { count: 10, start: "setsid", pause: "sleep 0.5\n" }],
  ])("is over: %s", async (_what, { count, start: starter, pause }) => {
    const path = join(directory, `storm-${count}.sh`);
    const traces = join(directory, `traces-${count}`);
    writeFileSync(path, `echo >>${traces}\n${pause}START=${starter}\n${stormScript}`);
    const watched = start(
      `i=0; while [ $i -lt ${count} ]; do sh ${path} 300 & i=$((i + 1)); done; echo ready; exec sleep 1000`,
    );
    await watched.untilPrinted("ready");
    await poll("every process to leave its trace", () => existsSync(traces) && statSync(traces).size > 2 * count);
    watched.run.interrupt("interrupted");
    expect(await watched.outcome).not.toHaveProperty("leftRunning");
    expect(watched.bearers()).toEqual([]);
    const countAtEnd = statSync(traces).size;
    // One that was missed would be seen, or go on.
    for (let look = 0; look < 20; look += 1) expect(watched.bearers()).toEqual([]);
    expect(statSync(traces).size).toBe(countAtEnd);
  });
});
