// Limits the rate of log messages that a peer can cause, and logs how many were dropped.
import type { Clock } from "../base/clock.ts";

const MAX_SENTENCES = 20;
const WINDOW_MS = 60_000;

/** Passes on at most 20 sentences a minute; `what` they are about. */
export function rateLimited(what: string, log: (text: string) => void, clock: Clock): (text: string) => void {
  let beganMs = clock.nowMs();
  let count = 0;
  return (text) => {
    if (clock.nowMs() - beganMs >= WINDOW_MS) {
      const dropped = count - MAX_SENTENCES;
      if (dropped > 0) log(`${what}: ${dropped} more messages were dropped`);
      beganMs = clock.nowMs();
      count = 0;
    }
    count += 1;
    if (count <= MAX_SENTENCES) log(count < MAX_SENTENCES ? text : `${text}; further ones this minute are dropped`);
  };
}
