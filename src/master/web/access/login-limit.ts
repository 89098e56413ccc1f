// How often a password may be guessed.
import { isIPv6 } from "node:net";
import type { Clock } from "../../../base/clock.ts";

export const WRONG_PASSWORDS_AT_MOST = 5;
export const WINDOW_MS = 60_000;
/** When so many have failed within the window, others wait too. */
const ADDRESSES_AT_MOST = 1000;

interface Failures {
  count: number;
  endsAtMs: number;
}

export class LoginLimit {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long an address has to wait before it may try again; 0 when it may now. */
  waitMs(address: string): number {
    this.#forget();
    const known = this.#failures.get(network(address));
    if (known === undefined) return this.#failures.size < ADDRESSES_AT_MOST ? 0 : WINDOW_MS;
    return known.count < WRONG_PASSWORDS_AT_MOST ? 0 : known.endsAtMs - this.#clock.nowMs();
  }

  failed(address: string): void {
    const known = this.#failures.get(network(address)) ?? { count: 0, endsAtMs: this.#clock.nowMs() + WINDOW_MS };
    known.count += 1;
    this.#failures.set(network(address), known);
  }

  #forget(): void {
    const nowMs = this.#clock.nowMs();
    for (const [address, { endsAtMs }] of this.#failures) {
      if (endsAtMs <= nowMs) this.#failures.delete(address);
    }
  }
}

/** A host with IPv6 has all the addresses of a network of 64 bits to guess from. */
function network(address: string): string {
  if (!isIPv6(address) || address.includes(".")) return address;
  const [head = "", tail = ""] = address.split("::");
  const first = head.split(":").filter((group) => group !== "");
  const missing = address.includes("::")
    ? 8 - first.length - tail.split(":").filter((group) => group !== "").length
    : 0;
  return [...first, ...Array<string>(missing).fill("0")].slice(0, 4).join(":");
}
