// The scene of most faults: the program as a worker, a relay that it connects to, something in front of the master, and the
// master as a process of its own.

import { type Installation, install } from "../daemon/worker-program.ts";
import { poll } from "../support/poll.ts";
import { Relay } from "../support/relay.ts";
import { type Census, leaks } from "./census.ts";
import { type CompiledPrograms, compiledPrograms } from "./compiled-programs.ts";
import type { BenchProtocol } from "./errands.ts";
import type { Fault, Ledger, Outcome } from "./fault.ts";
import { type Conduct, Front } from "./front.ts";
import { MasterProcess } from "./master-process.ts";
import { timeless, WatchedWorker, type WatchedWorkerOptions } from "./watched-worker.ts";

export interface Bench {
  readonly installation: Installation;
  readonly programs: CompiledPrograms;
  readonly relay: Relay;
  /** Where the relay leads when the master is not to be reached directly. */
  readonly front: Front;
  readonly master: MasterProcess;
  readonly worker: WatchedWorker;
  /** Of the worker, before the first fault. */
  readonly before: Census;
  /** Has everything be as it was before any fault; what was broken is not mended by it. */
  restore(): Promise<void>;
}

export interface BenchOptions {
  /** What stands before a healthy master; without it workers get to the master itself. */
  readonly inFront?: (masterPort: number) => Conduct;
  /** What the worker is set to, given the port that it has to connect to. */
  readonly worker: (port: number) => Pick<WatchedWorkerOptions, "variables" | "under">;
  /** The address of the relay; default: of loopback. */
  readonly host?: string;
  /** What the worker and its master speak; default: PB. */
  readonly protocol?: BenchProtocol;
}

/** Of buildbot.tac, by the protocol. */
const PROTOCOL_VARIABLES: Readonly<Record<BenchProtocol, Readonly<Record<string, string>>>> = {
  pb: {},
  msgpack: { protocol: "'msgpack_experimental_v7'" },
};

const READY = /^Connected to buildmaster; worker is ready$/;
const LOST = /^connection lost: /;

/** Resolves when the worker is ready, has run a command and has lost a connection, so that all it ever loads is loaded. */
export async function openBench(options: BenchOptions): Promise<Bench> {
  const { inFront, worker: settings, host, protocol = "pb" } = options;
  const installation = install();
  const programs = await compiledPrograms();
  const master = new MasterProcess(programs.master, protocol);
  await master.start();
  const front = await Front.open((socket) => void socket.destroy());
  const relay = await Relay.listen({ port: master.port, ...(host === undefined ? {} : { host }) });
  const healthy = inFront?.(master.port);
  const restore = async () => {
    for (const direction of ["toMaster", "toWorker"] as const) {
      relay.thaw(direction);
      relay.setConditions(direction, {});
    }
    if (healthy !== undefined) front.conduct = healthy;
    relay.leadTo(healthy === undefined ? master.port : front.port);
    await master.restore();
    await relay.accept();
  };
  await restore();
  const { port } = relay;
  const { variables, ...placing } = settings(port);
  const worker = new WatchedWorker(installation, {
    port,
    census: programs.census,
    ...placing,
    variables: { ...PROTOCOL_VARIABLES[protocol], ...variables },
  });
  const parts = { installation, programs, relay, front, master, worker, restore };
  try {
    await warmUp(parts);
    return { ...parts, before: await worker.census() };
  } catch (error) {
    await end(parts);
    throw error;
  }
}

async function warmUp({ worker, master, relay }: Omit<Bench, "before">): Promise<void> {
  await worker.says(READY, 0);
  const begun = worker.logEnd;
  await master.send("build");
  relay.cut("rst");
  await worker.says(READY, begun);
  await master.send("build");
}

async function end({ worker, relay, front, master, installation }: Omit<Bench, "before">): Promise<void> {
  await worker.end();
  await relay.close();
  await front.end();
  await master.end("SIGKILL");
  await installation.remove();
}

/** What the worker holds more of than before; everything is ended. */
export async function closeBench(bench: Bench): Promise<Ledger> {
  const { worker, before } = bench;
  let after = await worker.census();
  try {
    await poll("the worker to let go of everything", async () => {
      if (leaks(before, after).length === 0) return true;
      after = await worker.census();
      return undefined;
    });
  } catch {
    // what is left is in the ledger
  }
  await end(bench);
  return { before, after, leaks: leaks(before, after) };
}

/** A fault that breaks a connection, or keeps the next one from being made. */
export interface BreakingFault<Scene extends Bench = Bench> {
  readonly stage: string;
  readonly fault: string;
  readonly isFast?: boolean;
  /** Before the time is taken; what it resolves to is given to `check`. */
  readonly prepare?: (bench: Scene) => Promise<number | undefined>;
  readonly strike: (bench: Scene) => void | Promise<void>;
  /** The sentence that the log must have. */
  readonly says: RegExp;
  /** How long the worker may take to notice, on an idle machine. */
  readonly withinMs: number;
  /** It is over as soon as it has struck. */
  readonly isOver?: true;
  /** Throws when something is not as it must be after the recovery. */
  readonly check?: (bench: Scene, prepared: number | undefined) => void | Promise<void>;
}

/** What a loaded machine may add. */
const SLACK_MS = 20_000;

export function breaking<Scene extends Bench>(plan: BreakingFault<Scene>): Fault<Scene> {
  const { stage, fault, isFast = true, prepare, strike, says, withinMs, isOver, check } = plan;
  return {
    stage,
    fault,
    isFast,
    async run(bench) {
      const { worker } = bench;
      const prepared = await prepare?.(bench);
      const since = worker.logEnd;
      const struckMs = performance.now();
      await strike(bench);
      const said = await worker.says(says, since, withinMs);
      const noticedMs = performance.now() - struckMs;
      if (noticedMs > withinMs + SLACK_MS) throw new Error(`noticed after ${noticedMs} ms only: ${said}`);
      const [mendedAt, mendedMs] = isOver ? [since, struckMs] : [worker.logEnd, performance.now()];
      await bench.restore();
      await worker.says(READY, mendedAt);
      const readyMs = performance.now() - mendedMs;
      await bench.master.send("build");
      await check?.(bench, prepared);
      return { said: timeless(said), noticedMs, readyMs, ending: "ready again" };
    },
  };
}

/** A fault that the worker has to bear: the connection outlives it. */
export interface BearableFault<Scene extends Bench = Bench> {
  readonly stage: string;
  readonly fault: string;
  readonly isFast?: boolean;
  readonly strike: (bench: Scene) => void | Promise<void>;
  readonly what: string;
  /** What it bears is a new connection. */
  readonly mayReconnect?: true;
}

export function bearable<Scene extends Bench>(plan: BearableFault<Scene>): Fault<Scene> {
  const { stage, fault, isFast = true, strike, what, mayReconnect } = plan;
  return {
    stage,
    fault,
    isFast,
    async run(bench): Promise<Outcome> {
      const struck = bench.worker.logEnd;
      await strike(bench);
      const since = mayReconnect ? bench.worker.logEnd : struck;
      await bench.master.send("build");
      await bench.restore();
      await bench.master.send("build");
      const lost = bench.worker.linesSince(since).find((line) => LOST.test(line));
      if (lost !== undefined) throw new Error(lost);
      return { said: what, noticedMs: undefined, readyMs: undefined, ending: "never lost" };
    },
  };
}
