// The lines of a log that one page shows. The cost does not depend on the size of the log.
import type { LogLine, LogView, MasterView } from "../../master-view.ts";
import type { Markup } from "../markup.ts";
import { Pen, type StyledText } from "./pen.ts";

export const LINES_PER_WINDOW = 1000;
/** Limit of a window's HTML, unless it is a single longer line; fewer lines with many colours and links fit. */
export const WINDOW_BYTES = 512 * 1024;
/** Earlier lines that are searched for the style of the first line. */
const LINES_LOOKED_BACK = 200;
/** Lines shown before the one that a link leads to. */
export const LINES_BEFORE = 20;
/** The rest of a longer line is only in the download. */
const SHOWN_CHARACTERS_PER_LINE = 2000;

export interface ShownLine {
  /** From 1. */
  readonly number: number;
  readonly stream: LogLine["stream"];
  readonly pieces: readonly StyledText[];
  readonly leftOutCharacters: number;
}

export interface LogWindow {
  readonly from: number;
  readonly lines: readonly ShownLine[];
  /** The HTML of each line. */
  readonly markup: readonly Markup[];
  /** The first lines of the adjacent windows, if any. */
  readonly previous: number | undefined;
  readonly next: number | undefined;
  readonly last: number;
}

interface WindowRequest {
  readonly log: LogView;
  /** The address of the log. */
  readonly path: string;
  readonly wanted: number | undefined;
  readonly render: (line: ShownLine, windowPath: string) => Markup;
}

/** The window that starts at `wanted`; by default the first, or the last while the log grows. */
export function logWindow(view: MasterView, request: WindowRequest): LogWindow {
  const { log, wanted } = request;
  const last = 1 + Math.floor(Math.max(0, log.lineCount - 1) / LINES_PER_WINDOW) * LINES_PER_WINDOW;
  const from = Math.min(wanted ?? (log.isComplete ? 1 : last), Math.max(1, log.lineCount));
  let window = windowFrom(view, request, from);
  if (wanted !== undefined || log.isComplete) return { ...window, last };
  // The end must be visible: if fewer lines fit, start later.
  while (window.next !== undefined) {
    const count = Math.max(1, Math.floor(window.lines.length / 2));
    window = windowFrom(view, request, Math.max(from, log.lineCount - count + 1));
  }
  return { ...window, last };
}

interface TailRequest extends Omit<WindowRequest, "wanted"> {
  /** Lines to show. */
  readonly count: number;
}

/** The last lines of a log that the program wrote; the header, if there are no others. */
export function logTail(view: MasterView, { log, path, count, render }: TailRequest): readonly Markup[] {
  const skipped = Math.max(0, log.lineCount - count - LINES_LOOKED_BACK);
  const lines = [...styled(view.logLines(log.id, skipped, log.lineCount - skipped), skipped + 1)];
  const output = lines.filter(({ stream }) => stream !== "h");
  const shown = (output.length > 0 ? output : lines).slice(-count);
  const windowPath = `${path}?from=${Math.max(1, (shown[0]?.number ?? 1) - LINES_BEFORE)}`;
  return shown.map((line) => render(line, windowPath));
}

function windowFrom(view: MasterView, { log, path, render }: WindowRequest, from: number): Omit<LogWindow, "last"> {
  const lookedBack = Math.min(LINES_LOOKED_BACK, from - 1);
  const read = view.logLines(log.id, from - 1 - lookedBack, lookedBack + LINES_PER_WINDOW);
  const lines: ShownLine[] = [];
  const rendered: Markup[] = [];
  let bytes = 0;
  for (const line of styled(read, from - lookedBack)) {
    if (line.number < from) continue;
    const markup = render(line, `${path}?from=${from}`);
    bytes += Buffer.byteLength(markup.toString());
    if (bytes > WINDOW_BYTES && lines.length > 0) break;
    lines.push(line);
    rendered.push(markup);
  }
  const next = from + lines.length;
  return {
    from,
    lines,
    markup: rendered,
    previous: from > 1 ? Math.max(1, from - LINES_PER_WINDOW) : undefined,
    next: lines.length > 0 && next <= log.lineCount ? next : undefined,
  };
}

/** Single lines out of their context. */
export function renderLines(
  lines: readonly (LogLine & { readonly number: number })[],
  render: (line: ShownLine) => Markup,
): readonly Markup[] {
  return lines.flatMap((line) => [...styled([line], line.number)].map(render));
}

function* styled(lines: readonly LogLine[], firstNumber: number): Generator<ShownLine> {
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
