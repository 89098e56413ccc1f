// Sets a full log aside: twistd.log becomes .1, .1 becomes .2, and so on, as Twisted numbers them.
import { readdirSync, renameSync, statSync, unlinkSync } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * Keeps at most `mostKept` old logs, but never fewer than the one just set aside; all of them when that is null. Does
 * nothing when there is no log. Throws the system's error; no log that should be kept is lost then.
 */
export function rotateLog(path: string, mostKept: number | null): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
  for (const number of oldLogNumbers(path)) {
    if (mostKept !== null && number >= mostKept) unlinkSync(`${path}.${number}`);
    else renameSync(`${path}.${number}`, `${path}.${number + 1}`);
  }
  renameSync(path, `${path}.1`);
}

/** Names the log after its day; one that is there already is kept, and the log goes on. Throws the system's error. */
export function setAsideDay(path: string, day: string): void {
  const old = `${path}.${day}`;
  if (statSync(old, { throwIfNoEntry: false }) === undefined) renameSync(path, old);
}

/** From the oldest, whose number is the highest, so that nothing is overwritten. */
function oldLogNumbers(path: string): readonly number[] {
  const prefix = `${basename(path)}.`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .filter((suffix) => /^[1-9]\d*$/.test(suffix))
    .map(Number)
    .sort((a, b) => b - a);
}
