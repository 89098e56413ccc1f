// Spreads starts of programs over turns of the event loop. A start blocks the main thread for a millisecond or more.
// When many are requested at once, each waits until output and exits of earlier programs are handled, so that short
// programs end before the next one starts, and hardly more pipes and processes are in use than there are processors.
let isTaken = false;
/** The next turn waits for a pending start. */
let isHeld = false;
let pendingCount = 0;
const waiting: (() => void)[] = [];

/** Starts that may be pending in the launcher. */
const PENDING_LIMIT = 3;

/** Waiting starts that count as a crowd. */
export const CROWD = 8;

/**
 * Resolves when the caller may start one program: at once if none was started in this turn. Calls `onCrowd` if many are
 * waiting already.
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

/** Call in the caller's turn for a start that does not block the main thread; call the result once when it is done. */
export function beginAsyncSpawn(): () => void {
  pendingCount += 1;
  return () => {
    pendingCount -= 1;
    if (!isHeld) return;
    isHeld = false;
    setImmediate(endTurn);
  };
}

function endTurn(): void {
  isHeld = pendingCount >= PENDING_LIMIT;
  if (isHeld) return;
  const next = waiting.shift();
  isTaken = next !== undefined;
  if (next === undefined) return;
  next();
  setImmediate(endTurn);
}
