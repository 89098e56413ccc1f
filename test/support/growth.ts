// How the time that something takes grows with its input, on whatever machine and however loaded it is.

/** What is squared takes as many times as long in one piece as in so many. */
const PIECES = 16;
const TRIES = 10;

/** Between what is proportional, which gives 1, and what is squared, which gives PIECES. */
export const LINEAR_AT_MOST = 4;

/** How many times as long `work` takes on all of a size at once as on as much in pieces; the best of several tries each. */
export function growth(work: (size: number) => void, size: number): number {
  let [whole, pieces] = [Infinity, Infinity];
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    pieces = Math.min(
      pieces,
      timeOf(() => work(size / PIECES), PIECES),
    );
    whole = Math.min(
      whole,
      timeOf(() => work(size), 1),
    );
  }
  return whole / pieces;
}

function timeOf(act: () => void, count: number): number {
  const startedMs = performance.now();
  for (let done = 0; done < count; done += 1) act();
  return performance.now() - startedMs;
}
