// Rotates a log: twistd.log becomes .1, .1 becomes .2, and so on, numbered as in Twisted.
import { readdirSync, renameSync, statSync, unlinkSync } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * Keeps at most `keptLimit` old logs, but at least the one just rotated; null: all. Does nothing if there is no log. Throws
 * the system error; no log within the limit is lost then.
 */
export function rotateLog(path: string, keptLimit: number | null): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
  for (const number of oldLogNumbers(path)) {
    if (keptLimit !== null && number >= keptLimit) unlinkSync(`${path}.${number}`);
    else renameSync(`${path}.${number}`, `${path}.${number + 1}`);
  }
  renameSync(path, `${path}.1`);
}

/** Renames the log after its day. If that name exists, the log is not rotated. Throws the system error. */
export function rotateDay(path: string, day: string): void {
  const old = `${path}.${day}`;
  if (statSync(old, { throwIfNoEntry: false }) === undefined) renameSync(path, old);
}

/** The oldest first, so that no log is overwritten. */
function oldLogNumbers(path: string): readonly number[] {
  const prefix = `${basename(path)}.`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .filter((suffix) => /^[1-9]\d*$/.test(suffix))
    .map(Number)
    .sort((a, b) => b - a);
}
