// Waiting for something to become true: looks again and again until a deadline.

/** Less than the time limit of any test, so that the failure says what was waited for. */
const DEADLINE_MS = 50_000;

/** The pause between two looks; after a look that takes long, a multiple of that, so that looking never loads the machine. */
const PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;
const PAUSE_PER_LOOK = 15;

/** As many looks without a change are taken for its end. */
const STILL_LOOKS = 25;

/** How many characters of a log an error shows. */
const LOG_TAIL_CHARACTERS = 3_000;

/** Named texts, whose ends explain a failure. */
export type Logs = Readonly<Record<string, string>>;

export interface PollOptions {
  readonly deadlineMs?: number;
  readonly logs?: () => Logs;
}

/** Resolves to the first value that is not undefined or false; after the deadline, rejects with what was waited for. */
export async function poll<Value>(
  what: string,
  probe: () => Value | undefined | false | Promise<Value | undefined | false>,
  { deadlineMs = DEADLINE_MS, logs }: PollOptions = {},
): Promise<Value> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const lookMs = performance.now();
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    const nowMs = performance.now();
    if (nowMs > endMs) throw new Error(withTails(`waited ${deadlineMs / 1000} seconds for ${what}`, logs?.()));
    const pauseMs = Math.min(Math.max(PAUSE_MS, (nowMs - lookMs) * PAUSE_PER_LOOK), LONGEST_PAUSE_MS);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** The value of `measure` once there is one above 0, and many looks in a row have seen no other. */
export function standsStill(what: string, measure: () => number): Promise<number> {
  let value = 0;
  let looks = 0;
  return poll(`${what} to stand still`, () => {
    const next = measure();
    looks = next === value ? looks + 1 : 0;
    value = next;
    return value > 0 && looks >= STILL_LOOKS && value;
  });
}

/** A sentence followed by the ends of the logs that explain it. */
export function withTails(sentence: string, logs: Logs = {}): string {
  const tails = Object.entries(logs).map(([name, text]) => `--- end of ${name}\n${text.slice(-LOG_TAIL_CHARACTERS)}`);
  return [sentence, ...tails].join("\n");
}
