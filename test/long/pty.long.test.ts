// Whether a PTY loses anything of what a program prints just before it ends, in as many runs as it takes to see it: the
// usual ways of reading one lose the tail of every tenth. Writes what it measured into docs/measurements/limits.md, a row for each
// line of releases of Node.js, on which `npm run test:nodes` runs it.
import { createHash } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { PipePool } from "../../src/process/spawn/pipe-pool.ts";
import type { ChildSource } from "../../src/process/spawn/piped-child.ts";
import { childPids, flood, openDescriptors, ptysOver } from "../process/pty-run.ts";
import { untilGone, watchRun } from "../process/run-program.ts";
import { poll } from "../support/poll.ts";
import { writeReleaseRow } from "./limits-page.ts";

const RUNS = 200;
const SIZE_BYTES = 1_000_000;
const LARGE_BYTES = 100_000_000;

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const whole = sha256(Buffer.alloc(SIZE_BYTES, "x"));

const heading = [
  "| Node.js | one after the other | eight at a time | read after the end | 100 MB at |",
  "| --- | --- | --- | --- | --- |",
];
/** What was measured, in the order of the heading. */
const figures: string[] = [];

afterAll(() => {
  const row = `| ${[process.versions.node, ...figures].join(" | ")} |`;
  console.log(row);
  if (figures.length === 4) writeReleaseRow("pty", heading, row);
});

async function withPtys(use: (pool: PipePool, pipes: ChildSource) => Promise<void>): Promise<void> {
  const pool = new PipePool({ onFallback: () => {} });
  try {
    await use(pool, ptysOver(pool));
  } finally {
    pool.close();
  }
}

describe(`a PTY on Node.js ${process.version}`, () => {
  test.each([
    ["one after the other", 1],
    ["eight at a time", 8],
  ])(`loses nothing of 1 MB printed just before the end, ${RUNS} times, %s`, async (_how, atOnce) => {
    const before = { descriptors: openDescriptors().length, children: childPids() };
    const startedMs = performance.now();
    let lost = 0;
    await withPtys(async (pool, pipes) => {
      const one = async () => {
        const { outcome, printed } = watchRun(pool, flood(SIZE_BYTES), { pipes });
        expect(await outcome).toMatchObject({ type: "exited", code: 0 });
        if (sha256(printed("stdout")) !== whole) lost += 1;
      };
      for (let i = 0; i < RUNS; i += atOnce) await Promise.all(Array.from({ length: atOnce }, one));
    });
    const each = ((performance.now() - startedMs) / RUNS).toFixed(1);
    expect(lost).toBe(0);
    figures.push(`${lost} of ${RUNS} lost, ${each} ms each`);
    await poll("no child to be left", () => childPids().every((pid) => before.children.includes(pid)));
    await poll("no descriptor to be left", () => openDescriptors().length <= before.descriptors);
  });

  test(`loses nothing when nobody reads while the program ends, ${RUNS} times`, async () => {
    let lost = 0;
    await withPtys(async (pool, pipes) => {
      for (let i = 0; i < RUNS; i += 1) {
        const { run, outcome, printed } = watchRun(pool, ["printf", "%40000s", "x"], { pipes });
        run.pause();
        await untilGone(run.pid ?? 0);
        run.resume();
        expect(await outcome).toMatchObject({ type: "exited", code: 0 });
        if (printed("stdout").length !== 40_000) lost += 1;
      }
    });
    expect(lost).toBe(0);
    figures.push(`${lost} of ${RUNS} lost`);
  });

  test("carries 100 MB without keeping them", async () => {
    await withPtys(async (pool, pipes) => {
      let sizeBytes = 0;
      const startedMs = performance.now();
      const { outcome } = watchRun(pool, ["head", "-c", `${LARGE_BYTES}`, "/dev/zero"], {
        pipes,
        onOutput: (_name, chunk) => {
          sizeBytes += chunk.length;
        },
      });
      await outcome;
      const rate = LARGE_BYTES / 1000 / (performance.now() - startedMs);
      expect(sizeBytes).toBe(LARGE_BYTES);
      figures.push(`${rate.toFixed(0)} MB/s`);
    });
  });
});
