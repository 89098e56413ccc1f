// How much faster than the Python worker's our transfers are under the same real master, over a line with a round trip of
// 60 ms, which counts for more than the machine does. It prints what it measured.
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWithMaster } from "../masters/support/availability.ts";
import type { BuilderDescription } from "../masters/support/description.ts";
import { startMaster, type TestMaster } from "../masters/support/test-master.ts";
import { startAttachedWorker, type WorkerKind, workerKinds } from "../masters/support/worker-process.ts";
import { Relay } from "../support/relay.ts";

const ONE_WAY_MS = 30;
const MIB = 1024 * 1024;
/** Of these the fastest counts: the machine does other things as well. */
const RUNS = 3;
/** The Python worker takes seconds for one MiB. */
const MIB_OF: Readonly<Record<WorkerKind, Readonly<Record<Direction, number>>>> = {
  python: { FileDownload: 4, FileUpload: 32 },
  buildhand: { FileDownload: 64, FileUpload: 64 },
};

const directions = ["FileDownload", "FileUpload"] as const;
type Direction = (typeof directions)[number];
/** How many times as fast ours must be. */
const LEAST_FACTOR: Readonly<Record<Direction, number>> = { FileDownload: 30, FileUpload: 5 };

describeWithMaster("transfers with the block sizes of Buildbot, and a round trip of 60 ms", () => {
  let scratch: string;
  let master: TestMaster;
  let relay: Relay;
  const fileOf = (mib: number) => join(scratch, `${mib}-mib`);
  const arrivedFrom = (kind: WorkerKind) => join(scratch, `arrived-${kind}`);
  const sizesOf = (kind: WorkerKind, direction: Direction) => [0, MIB_OF[kind][direction]];

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "buildhand-bench-"));
    for (const mib of new Set(workerKinds.flatMap((kind) => directions.flatMap((one) => sizesOf(kind, one))))) {
      writeFileSync(fileOf(mib), randomBytes(mib * MIB));
    }
    master = await startMaster({
      workers: workerKinds.map((name) => ({ name, password: "password" })),
      builders: workerKinds.flatMap((kind) =>
        directions.flatMap((direction) => sizesOf(kind, direction).map((mib) => builder(kind, direction, mib))),
      ),
    });
    const delay = { delayMs: ONE_WAY_MS };
    relay = await Relay.listen({ port: master.ports.pb, toMaster: delay, toWorker: delay });
    await Promise.all(workerKinds.map((kind) => startAttachedWorker(kind, master, { name: kind, port: relay.port })));
  });

  afterAll(async () => {
    await master?.end();
    await relay?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  function builder(kind: WorkerKind, direction: Direction, mib: number): BuilderDescription {
    const target = arrivedFrom(kind);
    const args =
      direction === "FileUpload"
        ? { workersrc: fileOf(mib), masterdest: target }
        : { mastersrc: fileOf(mib), workerdest: target };
    return { name: `${kind}-${direction}-${mib}`, workers: [kind], steps: [{ type: direction, args }] };
  }

  async function fastestMs(kind: WorkerKind, direction: Direction, mib: number): Promise<number> {
    const runs: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      rmSync(arrivedFrom(kind), { force: true });
      const startMs = performance.now();
      expect((await master.build(`${kind}-${direction}-${mib}`)).result).toBe("success");
      runs.push(performance.now() - startMs);
      expect(readFileSync(arrivedFrom(kind)).equals(readFileSync(fileOf(mib)))).toBe(true);
    }
    return Math.min(...runs);
  }

  /** MiB a second, without what a build with an empty file takes. */
  async function rate(kind: WorkerKind, direction: Direction): Promise<number> {
    const emptyMs = await fastestMs(kind, direction, 0);
    const mib = MIB_OF[kind][direction];
    return mib / ((await fastestMs(kind, direction, mib)) / 1000 - emptyMs / 1000);
  }

  test.each(directions)("%s is many times as fast as with the Python worker", async (direction) => {
    const python = await rate("python", direction);
    const ours = await rate("buildhand", direction);
    const factor = ours / python;
    const rates = `${python.toFixed(2)} MiB/s with Python, ${ours.toFixed(2)} MiB/s with ours`;
    console.log(`${direction}: ${rates}: ${factor.toFixed(1)}x`);
    expect(factor).toBeGreaterThanOrEqual(LEAST_FACTOR[direction]);
  });
});
