// Spreads starts of programs over turns of the event loop. A start keeps the main thread for a millisecond or more; of many
// that are wanted at once each waits until the ends and the output of earlier ones were seen to, so that short programs
// are over before the next is there, and hardly more pipes and processes are in use than there are processors.
let isTaken = false;
const waiting: (() => void)[] = [];

/** Resolves when it is the caller's turn to start one program: at once when nobody else has started one in this turn. */
export function startTurn(): Promise<void> {
  if (isTaken) {
    return new Promise((resolve) => {
      waiting.push(resolve);
    });
  }
  isTaken = true;
  setImmediate(endTurn);
  return Promise.resolve();
}

function endTurn(): void {
  const next = waiting.shift();
  isTaken = next !== undefined;
  if (next === undefined) return;
  next();
  setImmediate(endTurn);
}
