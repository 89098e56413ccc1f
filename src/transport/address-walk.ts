// Tries the addresses of a name in turn until one answers, each with its share of the time. Independent of sockets.
import type { Clock, Timer } from "../base/clock.ts";

/** Limit for each address but the last. Node's own 250 ms are too short for a host on another continent. */
const ADDRESS_TIMEOUT_MS = 5000;

export interface AddressWalk<Address, Result> {
  /** At least one. */
  readonly addresses: readonly Address[];
  readonly clock: Clock;
  /** For all of them together. The walk only divides it up; the caller enforces it. */
  readonly timeoutMs: number;
  /**
   * Starts one attempt, which ends asynchronously; returns a function that releases it, called with whether it failed.
   */
  readonly attempt: (address: Address, end: AttemptEnd<Result>) => (failed: boolean) => void;
  /** The error for an address that did not answer in time. */
  readonly timeoutError: (address: Address) => Error;
}

export interface AttemptEnd<Result> {
  readonly succeed: (result: Result) => void;
  readonly fail: (error: Error) => void;
}

export interface WalkEnd<Result> {
  readonly succeed: (result: Result) => void;
  /** Called for each failed attempt, with whether it was the last. */
  readonly onFailure: (error: Error, wasLast: boolean) => void;
}

/** Returns a function that releases the current attempt, called once at the end with whether it failed. */
export function walkAddresses<Address, Result>(
  { addresses, clock, timeoutMs, attempt, timeoutError }: AddressWalk<Address, Result>,
  { succeed, onFailure }: WalkEnd<Result>,
): (failed: boolean) => void {
  const endMs = clock.nowMs() + timeoutMs;
  let timer: Timer | undefined;
  let releaseAttempt: (failed: boolean) => void = () => {};
  const release = (failed: boolean) => {
    timer?.cancel();
    releaseAttempt(failed);
  };
  const walk = ([address, ...others]: readonly Address[]) => {
    if (address === undefined) return;
    const fail = (error: Error) => {
      const isLast = others.length === 0;
      if (!isLast) release(true);
      onFailure(error, isLast);
      walk(others);
    };
    releaseAttempt = attempt(address, { succeed, fail });
    if (others.length === 0) return;
    const shareMs = (endMs - clock.nowMs()) / (others.length + 1);
    timer = clock.after(Math.min(ADDRESS_TIMEOUT_MS, shareMs), () => fail(timeoutError(address)));
  };
  walk(addresses);
  return release;
}
