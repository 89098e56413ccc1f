// Searches the lines of a log, in turns with everything else that the master does.
import { setImmediate } from "node:timers/promises";
import type { LogLine, LogView, MasterView } from "../../master-view.ts";

export const MATCHES_AT_MOST = 200;
/** Beyond that, the visitor has to continue. */
export const SEARCHED_BYTES = 32 * 1024 * 1024;
const LINES_PER_TURN = 500;

export interface LogSearch {
  /** The first line to search, from 1. */
  readonly from: number;
  readonly matches: (line: LogLine) => boolean;
  readonly limit: number;
}

export interface LogMatches {
  readonly lines: readonly (LogLine & { readonly number: number })[];
  /** The first line that was not searched; undefined at the end of the log. */
  readonly next: number | undefined;
}

/** Stops early when `isWanted` returns false. */
export async function searchLog(
  view: MasterView,
  log: LogView,
  { from, matches, limit }: LogSearch,
  isWanted: () => boolean,
): Promise<LogMatches> {
  const lines: (LogLine & { readonly number: number })[] = [];
  let number = from;
  for (let bytes = 0; number <= log.lineCount && bytes < SEARCHED_BYTES && isWanted(); ) {
    const read = view.logLines(log.id, number - 1, LINES_PER_TURN);
    if (read.length === 0) break;
    for (const line of read) {
      bytes += line.text.length;
      if (matches(line)) lines.push({ ...line, number });
      number += 1;
      if (lines.length >= limit) break;
    }
    if (lines.length >= limit) break;
    await setImmediate();
  }
  return { lines, next: number <= log.lineCount ? number : undefined };
}
