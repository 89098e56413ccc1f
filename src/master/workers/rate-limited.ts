// A log that a peer cannot fill: of what it makes us say, only so much is said in a while, and then how much was not.
import type { Clock } from "../../base/clock.ts";

const MOST_SENTENCES = 20;
const WINDOW_MS = 60_000;

/** Passes sentences on, at most 20 a minute. */
export function rateLimited(log: (text: string) => void, clock: Clock): (text: string) => void {
  let beganMs = clock.nowMs();
  let count = 0;
  return (text) => {
    if (clock.nowMs() - beganMs >= WINDOW_MS) {
      const unsaid = count - MOST_SENTENCES;
      if (unsaid > 0) log(`workers: ${unsaid} more such sentences were left out`);
      beganMs = clock.nowMs();
      count = 0;
    }
    count += 1;
    if (count <= MOST_SENTENCES) log(count < MOST_SENTENCES ? text : `${text}; more of this minute is left out`);
  };
}
