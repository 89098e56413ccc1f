// How long a master waits for the answer to a call while a command prints as fast as it can, while a directory of very
// many files is uploaded, and while one is removed. The master is a process of its own; what it adds itself is seen in
// the times before the command. Writes what it measured into docs/measurements/limits.md.
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Installation, install, makeBasedir } from "../daemon/worker-program.ts";
import { writeLimits } from "./limits-page.ts";

const FLOOD_SECONDS = 5;
const FLOOD_BYTES = 100_000_000;
/** Of fewer calls the longest of a hundred says little. */
const LEAST_CALLS = 200;
const FILES = 100_000;
const ANSWER_LIMIT_MS = 50;
const QUANTILE = 0.99;
const MASTER = fileURLToPath(new URL("../fixtures/measuring-master.js", import.meta.url));

interface Measured {
  readonly idleMs: readonly number[];
  readonly busyMs: readonly number[];
  readonly tookMs: number;
  readonly rc: unknown;
  readonly bytes: number;
}

interface Load {
  readonly what: string;
  readonly command: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly needsWriter?: boolean;
  /** Directories of FILES files each, below the builder's. */
  readonly directories?: readonly string[];
  readonly leastBytes: number;
  readonly leastCalls: number;
}

const upload = { workdir: "build", maxsize: null, blocksize: 16_384 };
/** However fast the machine is, it takes some seconds; however slow it is, it prints so much. */
const flood = `timeout ${FLOOD_SECONDS} yes 'some words of a build'; yes 'some words of a build' | head -c ${FLOOD_BYTES}`;
const loads: readonly Load[] = [
  {
    what: `a flood of ${FLOOD_SECONDS} s and 100 MB more`,
    command: "shell",
    args: { workdir: "build", command: flood, env: null, timeout: 600, logEnviron: false },
    leastBytes: FLOOD_BYTES,
    leastCalls: LEAST_CALLS,
  },
  ...["", "gz"].map((compress) => ({
    what: `an upload of a directory of 100 000 files, ${compress === "" ? "not compressed" : `compressed by ${compress}`}`,
    command: "uploadDirectory",
    args: { ...upload, workersrc: "many", compress: compress || null },
    needsWriter: true,
    directories: ["build/many"],
    leastBytes: FILES,
    leastCalls: LEAST_CALLS,
  })),
  {
    what: "an rmdir of 100 000 files",
    command: "rmdir",
    args: { dir: "build/many" },
    directories: ["build/many"],
    leastBytes: 0,
    leastCalls: 1,
  },
];

let installation: Installation;
const rows: string[] = [];

beforeAll(() => {
  installation = install();
});
afterAll(async () => {
  await installation?.remove();
  if (rows.length === loads.length)
    writeLimits("latency", [
      "| while | takes | calls | median | 99 of 100 within | longest | without a command, 99 of 100 within |",
      "| --- | --- | --- | --- | --- | --- | --- |",
      ...rows,
    ]);
});

it.each(loads)("a call is answered soon during $what", async (load) => {
  const first = await measured(load);
  // What else runs on the machine may take it away for so long.
  const { idleMs, busyMs, tookMs } = isSoon(first) ? first : await measured(load);
  expect(busyMs.length).toBeGreaterThanOrEqual(load.leastCalls);
  expect(quantile(busyMs, QUANTILE)).toBeLessThan(limitMs(idleMs));
  rows.push(
    `| ${load.what} | ${(tookMs / 1000).toFixed(1)} s | ${busyMs.length} | ${quantile(busyMs, 0.5).toFixed(1)} ms | ${quantile(busyMs, QUANTILE).toFixed(1)} ms | ${quantile(busyMs, 1).toFixed(1)} ms | ${quantile(idleMs, QUANTILE).toFixed(1)} ms |`,
  );
});

function isSoon({ idleMs, busyMs }: Measured): boolean {
  return quantile(busyMs, QUANTILE) < limitMs(idleMs);
}

async function measured({ leastBytes, directories = [], ...job }: Load): Promise<Measured> {
  const basedir = installation.newPath();
  const result = await run(basedir, job, (path) => {
    mkdirSync(join(path, "b1", "build"), { recursive: true });
    for (const directory of directories) fill(join(path, "b1", directory));
  });
  rmSync(join(basedir, "b1"), { recursive: true });
  expect(result.rc).toBe(0);
  expect(result.bytes).toBeGreaterThanOrEqual(leastBytes);
  return result;
}

/** Runs the job under a master of its own, on a worker whose base directory was made ready. */
async function run(basedir: string, job: object, prepare: (basedir: string) => void): Promise<Measured> {
  const modules = pathToFileURL(join(installation.executable, "../../dist")).href;
  const master = spawn(process.execPath, [MASTER, modules, JSON.stringify(job)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const lines = createInterface({ input: master.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value ?? "null");
    const { port } = await next();
    makeBasedir(basedir, { port });
    prepare(basedir);
    const worker = installation.start(["start", "--nodaemon", basedir]);
    const result: Measured = await next();
    worker.child.kill("SIGTERM");
    await worker.ended;
    return result;
  } finally {
    master.kill("SIGKILL");
  }
}

function limitMs(idleMs: readonly number[]): number {
  return ANSWER_LIMIT_MS + quantile(idleMs, QUANTILE);
}

function fill(directory: string): void {
  mkdirSync(directory);
  for (let n = 0; n < FILES; n += 1) writeFileSync(join(directory, `file-${n}`), "x");
}

function quantile(times: readonly number[], part: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
