// How long a login waits for its answer, right or wrong: the longer, the more wrong passwords came for its name from its
// address. Logins under other names, and from other addresses, are not slowed by that.
import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import type { Clock } from "../base/clock.ts";

const FIRST_DELAY_MS = 1000;
/** Workers give a whole handshake of MessagePack five seconds. */
export const LONGEST_LOGIN_DELAY_MS = 4000;
/** Logins of one name and address that wait for their answers. */
export const MOST_WAITING = 4;
/** Without a wrong answer. */
export const FORGET_AFTER_MS = 60_000;
/** The one that was wrong longest ago gives way. */
export const MOST_PAIRS = 10_000;

export interface LoginAttempt {
  readonly name: string;
  /** Without the port. */
  readonly address: string;
  readonly isRight: boolean;
}

interface Pair {
  readonly wrongCount: number;
  readonly forgetAtMs: number;
  /** When those that wait get their answers. */
  readonly answersAtMs: readonly number[];
}

export class LoginDelays {
  readonly #clock: Clock;
  /** By name and address; those that were wrong last come last. */
  readonly #pairs = new Map<string, Pair>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** After how long to answer; undefined for one too many, which must not learn whether its password was right. */
  answerAfterMs({ name, address, isRight }: LoginAttempt): number | undefined {
    const nowMs = this.#clock.nowMs();
    const key = `${createHash("sha256").update(name).digest("base64")} ${network(address)}`;
    const known = this.#pairs.get(key);
    const isFirst = known === undefined || known.forgetAtMs <= nowMs;
    if (isFirst && isRight) return 0;
    const { wrongCount, forgetAtMs, answersAtMs } = isFirst ? { wrongCount: 0, forgetAtMs: 0, answersAtMs: [] } : known;
    const waiting = answersAtMs.filter((atMs) => atMs > nowMs);
    if (waiting.length >= MOST_WAITING) return undefined;
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** wrongCount, LONGEST_LOGIN_DELAY_MS);
    const next = { wrongCount, forgetAtMs, answersAtMs: [...waiting, nowMs + delayMs] };
    if (isRight) {
      this.#pairs.set(key, next);
      return delayMs;
    }
    this.#pairs.delete(key);
    this.#pairs.set(key, { ...next, wrongCount: wrongCount + 1, forgetAtMs: nowMs + delayMs + FORGET_AFTER_MS });
    const [oldest] = this.#pairs.keys();
    if (this.#pairs.size > MOST_PAIRS && oldest !== undefined) this.#pairs.delete(oldest);
    return delayMs;
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
