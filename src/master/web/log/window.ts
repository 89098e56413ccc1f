// Which lines of a log one page shows, and what they look like: a log of any size costs no more than one window of it.
import type { LogLine, LogView, MasterView } from "../../master-view.ts";
import { Pen, type Piece } from "./pen.ts";

export const LINES_PER_WINDOW = 1000;
/** How far back the look of the first line is sought, which an earlier line may have set. */
const LINES_LOOKED_BACK = 200;
/** The rest of a longer line is in the text that can be downloaded. */
const SHOWN_CHARACTERS_PER_LINE = 2000;

export interface ShownLine {
  /** From 1. */
  readonly number: number;
  readonly stream: LogLine["stream"];
  readonly pieces: readonly Piece[];
  readonly leftOutCharacters: number;
}

export interface LogWindow {
  readonly from: number;
  readonly lines: readonly ShownLine[];
  /** The first lines of the windows around, if there are any. */
  readonly previous: number | undefined;
  readonly next: number | undefined;
  readonly last: number;
}

/** The window from a line on; without one the first, or the last while the log grows. */
export function logWindow(view: MasterView, log: LogView, wanted: number | undefined): LogWindow {
  const last = 1 + Math.floor(Math.max(0, log.lineCount - 1) / LINES_PER_WINDOW) * LINES_PER_WINDOW;
  const from = Math.min(wanted ?? (log.isComplete ? 1 : last), Math.max(1, log.lineCount));
  const lookedBack = Math.min(LINES_LOOKED_BACK, from - 1);
  const read = view.logLines(log.id, from - 1 - lookedBack, lookedBack + LINES_PER_WINDOW);
  const lines = drawn(read, from - lookedBack).slice(lookedBack);
  const next = from + LINES_PER_WINDOW;
  return {
    from,
    lines,
    previous: from > 1 ? Math.max(1, from - LINES_PER_WINDOW) : undefined,
    next: next <= log.lineCount ? next : undefined,
    last,
  };
}

function drawn(lines: readonly LogLine[], firstNumber: number): readonly ShownLine[] {
  const pens = { o: new Pen(), e: new Pen() };
  return lines.map(({ stream, text }, index) => {
    const shown = text.slice(0, SHOWN_CHARACTERS_PER_LINE);
    const pen = stream === "h" ? new Pen() : pens[stream];
    const pieces = pen.write(shown);
    const leftOutCharacters = text.length - shown.length;
    if (leftOutCharacters > 0) pen.reset();
    return { number: firstNumber + index, stream, pieces, leftOutCharacters };
  });
}
