// Spreads starts of programs over turns of the event loop. A start keeps the main thread for a millisecond or more; of many
// that are wanted at once each waits until the ends and the output of earlier ones were seen to, so that short programs
// are over before the next is there, and hardly more pipes and processes are in use than there are processors.
let isTaken = false;
/** The next turn waits for a start that is under way. */
let isHeld = false;
let underWayCount = 0;
const waiting: (() => void)[] = [];

/** How many starts may be under way in another process. */
const UNDER_WAY_LIMIT = 3;

/** So many that wait are a crowd. */
export const CROWD = 8;

/**
 * Resolves when it is the caller's turn to start one program: at once when nobody else has started one in this turn.
 * `onCrowd` is called if many wait already.
 */
export function takeSpawnSlot(onCrowd: () => void = () => {}): Promise<void> {
  if (isTaken) {
    if (waiting.length >= CROWD) onCrowd();
    return new Promise((resolve) => {
      waiting.push(resolve);
    });
  }
  isTaken = true;
  setImmediate(endTurn);
  return Promise.resolve();
}

/** To be called in the turn for a start that goes on without the main thread; the result, once when that is done. */
export function beginAsyncSpawn(): () => void {
  underWayCount += 1;
  return () => {
    underWayCount -= 1;
    if (!isHeld) return;
    isHeld = false;
    setImmediate(endTurn);
  };
}

function endTurn(): void {
  isHeld = underWayCount >= UNDER_WAY_LIMIT;
  if (isHeld) return;
  const next = waiting.shift();
  isTaken = next !== undefined;
  if (next === undefined) return;
  next();
  setImmediate(endTurn);
}
