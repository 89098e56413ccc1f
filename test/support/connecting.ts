// One attempt to connect to a target with a clock that a test moves, and what it said on its way.
import { getEventListeners } from "node:events";
import type { Socket } from "node:net";
import { expect } from "vitest";
import { type ConnectStage, connectToMaster } from "../../src/transport/index.ts";
import type { MasterTarget } from "../../src/transport/master-target.ts";
import { ManualClock } from "./manual-clock.ts";
import { poll } from "./poll.ts";

export interface Connecting {
  readonly clock: ManualClock;
  readonly stages: readonly ConnectStage[];
  readonly warnings: readonly string[];
  readonly stop: AbortController;
  /** Resolves to the socket, or to the sentence of the error. */
  readonly outcome: Promise<Socket | string>;
  reach(stage: ConnectStage): Promise<void>;
}

/** Starts an attempt. Sockets it makes are destroyed by whoever gets them. */
export function connecting(target: MasterTarget, clock = new ManualClock()): Connecting {
  const stages: ConnectStage[] = [];
  const warnings: string[] = [];
  const stop = new AbortController();
  const options = {
    clock,
    signal: stop.signal,
    onStage: (stage: ConnectStage) => void stages.push(stage),
    onWarning: (sentence: string) => void warnings.push(sentence),
  };
  const outcome = connectToMaster(target, options).catch((error: unknown) => {
    expect(error).toMatchObject({ name: "WorkerError", family: "connection" });
    return (error as Error).message;
  });
  const reach = async (stage: ConnectStage) => void (await poll(stage, () => stages.at(-1) === stage));
  return { clock, stages, warnings, stop, outcome, reach };
}

/** The socket of an attempt that went well, which has left nothing behind. */
export async function connected({ outcome, clock, stop }: Connecting): Promise<Socket> {
  const socket = await outcome;
  expectNothingLeft(clock, stop);
  if (typeof socket === "string") throw new Error(socket);
  return socket;
}

/** The sentence of an attempt that failed, which has left nothing behind. */
export async function failure({ outcome, clock, stop }: Connecting): Promise<string> {
  const sentence = await outcome;
  expectNothingLeft(clock, stop);
  if (typeof sentence === "string") return sentence;
  sentence.destroy();
  throw new Error("it connected");
}

function expectNothingLeft(clock: ManualClock, stop: AbortController): void {
  expect(clock.timerCount).toBe(0);
  expect(getEventListeners(stop.signal, "abort")).toEqual([]);
}
