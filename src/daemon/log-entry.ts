// Writes and reads entries of twistd.log. Format: worker life cycle, "Files, umask, log"; that of Twisted's FileLogObserver.

/**
 * `observer`: of a buildbot.tac with a log observer; `runner`: of twistd without one; `json`: one object per line.
 */
export type LogFormat = "observer" | "runner" | "json";

/** A line of both classic formats: the word in brackets, and the text. */
const CLASSIC_LINE = /^\S+(?: \S+)? \[([^\]]*)\] (.*)$/;

export interface LogEntry {
  readonly text: string;
  /** The source of the entry: the word in brackets. */
  readonly system: string;
  readonly date: Date;
  readonly format?: LogFormat;
}

/** The entries in a log of any format, without continuation lines. */
export function readEntries(log: string): readonly Pick<LogEntry, "text" | "system">[] {
  return log.split("\n").flatMap((line) => {
    const [, system, text] = CLASSIC_LINE.exec(line) ?? [];
    if (system !== undefined && text !== undefined) return [{ system, text }];
    return line.startsWith("{") ? jsonEntry(line) : [];
  });
}

function jsonEntry(line: string): readonly Pick<LogEntry, "text" | "system">[] {
  try {
    const { worker = "-", message } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return typeof worker === "string" && typeof message === "string" ? [{ system: worker, text: message }] : [];
  } catch {
    return []; // part of a line
  }
}

/**
 * `2026-11-23 21:42:26+0000 [-] text` with a final newline; continuation lines start with a tab. The runner's format has a
 * `T` instead of the first space.
 */
export function logEntry({ text, system, date, format = "observer" }: LogEntry): string {
  if (format === "json") {
    const worker = system === "-" ? {} : { worker: system };
    return `${printable(JSON.stringify({ time: date.toISOString(), ...worker, message: text }))}\n`;
  }
  const where = harmless(system).replaceAll("\n", " ");
  const time = format === "runner" ? localTimestamp(date).replace(" ", "T") : localTimestamp(date);
  return `${time} [${where}] ${harmless(text).replaceAll("\n", "\n\t")}\n`;
}

/** Local time with the zone's offset at that time: `2026-11-23 21:42:26+0000`. */
export function localTimestamp(date: Date): string {
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join("-");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
  // JavaScript's offset has the opposite sign.
  const offsetMinutes = -date.getTimezoneOffset();
  const offset = Math.abs(Math.trunc(offsetMinutes));
  return `${day} ${time}${offsetMinutes < 0 ? "-" : "+"}${twoDigits(Math.floor(offset / 60))}${twoDigits(offset % 60)}`;
}

/** Escapes control characters, which could manipulate a terminal or forge entries, except newline and tab. */
function harmless(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(/[^\n\t -~\xa0-\uffff]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Escapes DEL and the control characters beyond ASCII; JSON escapes the others. */
function printable(json: string): string {
  return json.replaceAll(/[\u007f-\u009f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
