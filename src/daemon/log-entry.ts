// One entry of twistd.log as text. Format: worker life cycle, "Files, umask, log"; that of Twisted's FileLogObserver.

/** `observer`: what a buildbot.tac with a log observer gives; `runner`: what twistd itself writes without one. */
export type LogFormat = "observer" | "runner";

export interface LogEntry {
  readonly text: string;
  /** Where the entry comes from: the word in brackets. */
  readonly system: string;
  readonly date: Date;
  readonly format?: LogFormat;
}

/**
 * `2026-11-23 21:42:26+0000 [-] text`, continuation lines behind a tab, with the final newline; the runner's format has a
 * `T` for the first blank.
 */
export function logEntry({ text, system, date, format = "observer" }: LogEntry): string {
  const where = harmless(system).replaceAll("\n", " ");
  const time = format === "runner" ? localTimestamp(date).replace(" ", "T") : localTimestamp(date);
  return `${time} [${where}] ${harmless(text).replaceAll("\n", "\n\t")}\n`;
}

/** Local time with the zone's offset at that time: `2026-11-23 21:42:26+0000`. */
export function localTimestamp(date: Date): string {
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join("-");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
  // JavaScript counts from local time to UTC, people the other way round.
  const offsetMinutes = -date.getTimezoneOffset();
  const offset = Math.abs(Math.trunc(offsetMinutes));
  return `${day} ${time}${offsetMinutes < 0 ? "-" : "+"}${twoDigits(Math.floor(offset / 60))}${twoDigits(offset % 60)}`;
}

/** Control characters, which could rewrite a reader's terminal or forge entries, as their escapes; not newline and tab. */
function harmless(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(/[^\P{Cc}\n\t]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
