// How long the answer to a login is delayed, whether its password is right or wrong: longer with each wrong password
// for the same name from the same address. Other names and addresses are not slowed down.
import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import type { Clock } from "../base/clock.ts";

const FIRST_DELAY_MS = 1000;
/** Workers give a whole MessagePack handshake five seconds. */
export const LONGEST_LOGIN_DELAY_MS = 4000;
/** Logins of one name and address that may wait at a time. */
export const MAX_WAITING = 4;
/** Time without a wrong password. */
export const FORGET_AFTER_MS = 60_000;
/** Beyond that, the pair whose last failure is oldest is dropped. */
export const MAX_PAIRS = 10_000;

export interface LoginAttempt {
  readonly name: string;
  /** Without the port. */
  readonly address: string;
  readonly isRight: boolean;
}

interface Pair {
  readonly wrongCount: number;
  readonly forgetAtMs: number;
  /** When waiting logins are answered. */
  readonly answersAtMs: readonly number[];
}

export class LoginDelays {
  readonly #clock: Clock;
  /** By name and address, in the order of the last failure. */
  readonly #pairs = new Map<string, Pair>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The delay of the answer; undefined when too many wait already, and then the client must not learn whether its
   * password was right.
   */
  answerAfterMs({ name, address, isRight }: LoginAttempt): number | undefined {
    const nowMs = this.#clock.nowMs();
    const key = `${createHash("sha256").update(name).digest("base64")} ${network(address)}`;
    const known = this.#pairs.get(key);
    const isFirst = known === undefined || known.forgetAtMs <= nowMs;
    if (isFirst && isRight) return 0;
    const { wrongCount, forgetAtMs, answersAtMs } = isFirst ? { wrongCount: 0, forgetAtMs: 0, answersAtMs: [] } : known;
    const waiting = answersAtMs.filter((atMs) => atMs > nowMs);
    if (waiting.length >= MAX_WAITING) return undefined;
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** wrongCount, LONGEST_LOGIN_DELAY_MS);
    const next = { wrongCount, forgetAtMs, answersAtMs: [...waiting, nowMs + delayMs] };
    if (isRight) {
      this.#pairs.set(key, next);
      return delayMs;
    }
    this.#pairs.delete(key);
    this.#pairs.set(key, { ...next, wrongCount: wrongCount + 1, forgetAtMs: nowMs + delayMs + FORGET_AFTER_MS });
    const [oldest] = this.#pairs.keys();
    if (this.#pairs.size > MAX_PAIRS && oldest !== undefined) this.#pairs.delete(oldest);
    return delayMs;
  }
}

/** An IPv6 host can use every address of its /64 network, so they count as one. */
function network(address: string): string {
  if (!isIPv6(address) || address.includes(".")) return address;
  const [head = "", tail = ""] = address.split("::");
  const first = head.split(":").filter((group) => group !== "");
  const missing = address.includes("::")
    ? 8 - first.length - tail.split(":").filter((group) => group !== "").length
    : 0;
  return [...first, ...Array<string>(missing).fill("0")].slice(0, 4).join(":");
}
