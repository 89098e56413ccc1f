// Waiting for something outside this process to become true: asked again and again until a deadline.
import { setTimeout as delay } from "node:timers/promises";

const POLL_INTERVAL_MS = 50;
const DEFAULT_DEADLINE_MS = 120_000;

/** How many characters of a log an error shows. */
const LOG_TAIL_CHARACTERS = 3_000;

export interface WaitOptions {
  /** Default 30 seconds. */
  readonly deadlineMs?: number;
  /** Named texts, each a log whose tail tells why the wait was in vain. */
  readonly logs?: () => Readonly<Record<string, string>>;
}

/** The first value of `probe` that is not undefined; at the deadline an error that says what was waited for. */
export async function waitFor<Value>(
  what: string,
  probe: () => Promise<Value | undefined> | Value | undefined,
  { deadlineMs = DEFAULT_DEADLINE_MS, logs }: WaitOptions = {},
): Promise<Value> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > endMs) throw new Error(withTails(`waited ${deadlineMs} ms in vain for ${what}`, logs?.()));
    await delay(POLL_INTERVAL_MS);
  }
}

/** A sentence followed by the ends of the logs that explain it. */
export function withTails(sentence: string, logs: Readonly<Record<string, string>> = {}): string {
  const tails = Object.entries(logs).map(([name, text]) => `--- end of ${name}\n${text.slice(-LOG_TAIL_CHARACTERS)}`);
  return [sentence, ...tails].join("\n");
}
