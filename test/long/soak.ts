// A long mix of commands on one worker, round after round, with what its process holds each minute.
import { readFileSync } from "node:fs";
import { IDLE_LIMIT } from "../../src/process/spawn/pipe-pool.ts";
import type { Census } from "../faults/census.ts";
import type { BenchProtocol } from "../faults/errands.ts";
import type { WatchedWorker } from "../faults/watched-worker.ts";
import { poll } from "../support/poll.ts";
import { makeFiles, type SoakScene, soakSteps } from "./soak-mix.ts";
import { type SoakedWorkerOptions, startSoakedWorker } from "./soaked-worker.ts";

const MINUTE_MS = 60_000;
/** After these everything is loaded, and what is kept to be used again is there. */
const WARM_UP_ROUNDS = 2;
const STEP_LIMIT_MS = 2 * MINUTE_MS;
/** How many samples are shown of a long run. */
const SHOWN_SAMPLES = 12;

export interface Sample {
  readonly minute: number;
  readonly commands: number;
  readonly census: Census;
  /** As the kernel counts it. */
  readonly residentMib: number;
  readonly privateMib: number;
}

export interface SoakRecord {
  readonly protocol: BenchProtocol;
  /** One a minute, the first after the warm-up. */
  readonly samples: readonly Sample[];
  readonly end: Census;
  /** Of which descriptors, timers and children there are more than after the warm-up, in words. */
  readonly leaks: readonly string[];
}

/** A worker that has warmed up. */
export interface Soak {
  readonly worker: WatchedWorker;
  readonly fresh: Census;
  /** Runs each command of the mix once; rejects with the one that did not do what it had to. */
  readonly round: (afterEach?: () => Promise<void>) => Promise<void>;
  readonly end: () => Promise<void>;
}

export async function startSoak(protocol: BenchProtocol, options: SoakedWorkerOptions): Promise<Soak> {
  const soaked = await startSoakedWorker(protocol, options);
  const scene: SoakScene = { soaked, peer: await soaked.attached() };
  makeFiles(soaked.directory);
  const round = async (afterEach?: () => Promise<void>) => {
    for (const [name, step] of Object.entries(soakSteps)) {
      await inTime(`${name} over ${protocol}`, step(scene));
      await afterEach?.();
    }
  };
  const fresh = await soaked.worker.census();
  for (let n = 0; n < WARM_UP_ROUNDS; n += 1) await round();
  return { worker: soaked.worker, fresh, round, end: () => soaked.end() };
}

export interface SoakOptions extends SoakedWorkerOptions {
  readonly minutes: number;
  /** After each command. */
  readonly pauseMs: number;
}

/** Runs rounds for so long. */
export async function recordSoak(
  protocol: BenchProtocol,
  { minutes, pauseMs, ...options }: SoakOptions,
): Promise<SoakRecord> {
  const { worker, fresh, round, end } = await startSoak(protocol, options);
  const startMs = performance.now();
  const samples: Sample[] = [];
  let commands = 0;
  const sample = async () => {
    const minute = samples.length;
    if (performance.now() - startMs < minute * MINUTE_MS) return;
    samples.push({ minute, commands, census: await worker.census(), ...memoryOf(worker.program.child.pid) });
  };
  await sample();
  while (samples.length <= minutes) {
    await round(async () => {
      commands += 1;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      await sample();
    });
  }
  let last = await worker.census();
  const leaks = () => moreThan(limitsOf(fresh, samples[0]!.census), last);
  const settled = async () => {
    if (leaks().length === 0) return true;
    last = await worker.census();
    return undefined;
  };
  await poll("the worker to let go of everything", settled).catch(() => {}); // what is left is in the record
  await end();
  return { protocol, samples, end: last, leaks: leaks() };
}

type Counts = Readonly<Record<string, number>>;

function countsOf({ descriptorKinds, timers, children }: Census): Counts {
  return { ...descriptorKinds, timers, children };
}

/** Beside the pipes from before the first command there may be as many as are kept for later ones. */
function limitsOf(fresh: Census, warm: Census): Counts {
  return { ...countsOf(warm), pipe: (fresh.descriptorKinds["pipe"] ?? 0) + 2 * IDLE_LIMIT };
}

function moreThan(limits: Counts, census: Census): readonly string[] {
  return Object.entries(countsOf(census))
    .filter(([what, count]) => count > (limits[what] ?? 0))
    .map(([what, count]) => `${what}: ${count}, not ${limits[what] ?? 0} at most`);
}

async function inTime(what: string, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it does not end")), STEP_LIMIT_MS);
  });
  try {
    await Promise.race([work, limit]);
  } catch (error) {
    throw new Error(what, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function memoryOf(pid: number | undefined): Pick<Sample, "residentMib" | "privateMib"> {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  const mib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]) / 1024;
  return { residentMib: mib("Rss"), privateMib: mib("Private_Clean") + mib("Private_Dirty") };
}

/** A table for docs/measurements/limits.md. */
export function soakRows(records: readonly SoakRecord[]): readonly string[] {
  return [
    "| protocol | minute | commands | heap | external | resident | of it private | pipes | sockets | files | other descriptors |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...records.flatMap(({ protocol, samples }) => {
      const every = Math.ceil(samples.length / SHOWN_SAMPLES);
      return samples.filter(({ minute }) => minute % every === 0).map((sample) => soakRow(protocol, sample));
    }),
  ];
}

function soakRow(protocol: BenchProtocol, { minute, commands, census, residentMib, privateMib }: Sample): string {
  const { pipe = 0, socket = 0, file = 0 } = census.descriptorKinds;
  const sizes = [census.heapMib, census.externalMib, residentMib, privateMib].map((mib) => `${mib.toFixed(1)} MiB`);
  const others = census.descriptors - pipe - socket - file;
  return `| ${[protocol, minute, commands, ...sizes, pipe, socket, file, others].join(" | ")} |`;
}
