// What a worker's process holds at a moment, and whether it is more than before.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { poll } from "../support/poll.ts";

export interface Census {
  /** Without garbage. */
  readonly heapMib: number;
  /** Outside of the heap, kept by objects in it. */
  readonly externalMib: number;
  readonly descriptors: number;
  /** How many there are of `pipe`, `socket`, `file` and each anonymous kind, such as `eventpoll`. */
  readonly descriptorKinds: Readonly<Record<string, number>>;
  /** Timers of this moment that keep the process alive. */
  readonly timers: number;
  readonly sockets: number;
  readonly children: number;
}

/** Code that is compiled late, and what is kept to be used again. */
export const HEAP_SLACK_MIB = 6;

/** What there may not be more of in the end. */
const SLACK = { heapMib: HEAP_SLACK_MIB, descriptors: 0, timers: 0, sockets: 0, children: 0 };

export type Counted = keyof typeof SLACK;

/** Asks a process that has the preload, and was told that `place` is where to write. */
export async function takeCensus(signal: (name: NodeJS.Signals) => void, place: string): Promise<Census> {
  rmSync(place, { force: true });
  signal("SIGWINCH");
  await poll("the census", () => existsSync(place));
  return JSON.parse(readFileSync(place, "utf8")) as Census;
}

/** What there is more of than before, each in words. */
export function leaks(before: Census, after: Census): readonly string[] {
  return (Object.keys(SLACK) as Counted[])
    .filter((what) => after[what] > before[what] + SLACK[what])
    .map((what) => `${what}: ${before[what]} before, ${after[what]} after`);
}
