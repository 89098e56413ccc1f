// The times of lines as they are cut out of texts and joined to others. Pure.
import type { LineTime } from "../base/command-update.ts";

/** Of the part that begins at the byte `from` and ends before `to`, which is not empty. */
export function timesOfPart(times: readonly LineTime[], from: number, to: number): readonly LineTime[] {
  const before = times.findLast(({ at }) => at <= from);
  const within = times.filter(({ at }) => at > from && at < to).map(({ at, seconds }) => ({ at: at - from, seconds }));
  return before === undefined ? within : [{ at: 0, seconds: before.seconds }, ...within];
}

/** `times` become those of a text that stands behind `bytes` of another. */
export function shiftedTimes(times: readonly LineTime[], bytes: number): readonly LineTime[] {
  return times.map(({ at, seconds }) => ({ at: at + bytes, seconds }));
}
