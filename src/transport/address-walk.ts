// The addresses of a name in turn until one answers, each with its share of the time. Knows no sockets.
import type { Clock, Timer } from "../base/clock.ts";

/** Each address but the last has at most so long. Node's own 250 ms are too short for the other side of the world. */
const ADDRESS_TIMEOUT_MS = 5000;

export interface AddressWalk<Address, Result> {
  /** At least one. */
  readonly addresses: readonly Address[];
  readonly clock: Clock;
  /** For all of them together; who has set it ends the walk, which only shares it out. */
  readonly timeoutMs: number;
  /** Begins with one, which ends later and not at once; returns what lets go of it, told whether it failed. */
  readonly attempt: (address: Address, end: AttemptEnd<Result>) => (failed: boolean) => void;
  /** An address had its time, and gave no answer. */
  readonly lateness: (address: Address) => Error;
}

export interface AttemptEnd<Result> {
  readonly succeed: (result: Result) => void;
  readonly fail: (error: Error) => void;
}

export interface WalkEnd<Result> {
  readonly succeed: (result: Result) => void;
  /** Called for each that failed, with whether it was the last. */
  readonly onFailure: (error: Error, wasLast: boolean) => void;
}

/** Returns what lets go of the attempt under way, told whether it failed; to be called once at the end. */
export function walkAddresses<Address, Result>(
  { addresses, clock, timeoutMs, attempt, lateness }: AddressWalk<Address, Result>,
  { succeed, onFailure }: WalkEnd<Result>,
): (failed: boolean) => void {
  const endMs = clock.nowMs() + timeoutMs;
  let timer: Timer | undefined;
  let leave: (failed: boolean) => void = () => {};
  const letGo = (failed: boolean) => {
    timer?.cancel();
    leave(failed);
  };
  const walk = ([address, ...others]: readonly Address[]) => {
    if (address === undefined) return;
    const fail = (error: Error) => {
      const isLast = others.length === 0;
      if (!isLast) letGo(true);
      onFailure(error, isLast);
      walk(others);
    };
    leave = attempt(address, { succeed, fail });
    if (others.length === 0) return;
    const shareMs = (endMs - clock.nowMs()) / (others.length + 1);
    timer = clock.after(Math.min(ADDRESS_TIMEOUT_MS, shareMs), () => fail(lateness(address)));
  };
  walk(addresses);
  return letGo;
}
