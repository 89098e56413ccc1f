// Which lines of a log one page shows, and what they look like: a log of any size costs no more than one window of it.
import type { LogLine, LogView, MasterView } from "../../master-view.ts";
import type { Markup } from "../markup.ts";
import { Pen, type Piece } from "./pen.ts";

export const LINES_PER_WINDOW = 1000;
/** Of markup, unless one line alone has more: where lines are full of colours and links, fewer fit. */
export const WINDOW_BYTES = 512 * 1024;
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
  /** Of each line. */
  readonly markup: readonly Markup[];
  /** The first lines of the windows around, if there are any. */
  readonly previous: number | undefined;
  readonly next: number | undefined;
  readonly last: number;
}

interface Asked {
  readonly log: LogView;
  /** The address of the log, for links to its lines. */
  readonly path: string;
  readonly wanted: number | undefined;
  readonly draw: (line: ShownLine, windowPath: string) => Markup;
}

/** The window from a line on; without one the first, or the last while the log grows. */
export function logWindow(view: MasterView, asked: Asked): LogWindow {
  const { log, wanted } = asked;
  const last = 1 + Math.floor(Math.max(0, log.lineCount - 1) / LINES_PER_WINDOW) * LINES_PER_WINDOW;
  const from = Math.min(wanted ?? (log.isComplete ? 1 : last), Math.max(1, log.lineCount));
  let window = windowFrom(view, asked, from);
  if (wanted !== undefined || log.isComplete) return { ...window, last };
  // Its end has to be seen: where fewer lines fit, it begins later.
  while (window.next !== undefined) {
    const count = Math.max(1, Math.floor(window.lines.length / 2));
    window = windowFrom(view, asked, Math.max(from, log.lineCount - count + 1));
  }
  return { ...window, last };
}

function windowFrom(view: MasterView, { log, path, draw }: Asked, from: number): Omit<LogWindow, "last"> {
  const lookedBack = Math.min(LINES_LOOKED_BACK, from - 1);
  const read = view.logLines(log.id, from - 1 - lookedBack, lookedBack + LINES_PER_WINDOW);
  const lines: ShownLine[] = [];
  const made: Markup[] = [];
  let bytes = 0;
  for (const line of drawn(read, from - lookedBack)) {
    if (line.number < from) continue;
    const markup = draw(line, `${path}?from=${from}`);
    bytes += Buffer.byteLength(markup.toString());
    if (bytes > WINDOW_BYTES && lines.length > 0) break;
    lines.push(line);
    made.push(markup);
  }
  const next = from + lines.length;
  return {
    from,
    lines,
    markup: made,
    previous: from > 1 ? Math.max(1, from - LINES_PER_WINDOW) : undefined,
    next: lines.length > 0 && next <= log.lineCount ? next : undefined,
  };
}

function* drawn(lines: readonly LogLine[], firstNumber: number): Generator<ShownLine> {
  const pens = { o: new Pen(), e: new Pen() };
  for (const [index, { stream, text }] of lines.entries()) {
    const shown = text.slice(0, SHOWN_CHARACTERS_PER_LINE);
    const pen = stream === "h" ? new Pen() : pens[stream];
    const pieces = pen.write(shown);
    const leftOutCharacters = text.length - shown.length;
    if (leftOutCharacters > 0) pen.reset();
    yield { number: firstNumber + index, stream, pieces, leftOutCharacters };
  }
}
