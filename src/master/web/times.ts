// Times and sizes in words.
import { DAY_MS, durationText, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../base/duration.ts";
import { type Markup, markup } from "./markup.ts";

/** Older times are shown as a date. */
const LONGEST_AGO_MS = 30 * DAY_MS;

const inWords = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** The age in words, with the exact time as attribute and tooltip; the script of the page makes it local. */
export function ago(atMs: number, nowMs: number): Markup {
  const { iso, time } = timeOf(atMs);
  return markup`<time datetime="${iso}" title="${time}">${agoWords(atMs, nowMs)}</time>`;
}

/** The time, to the second, and its age. */
export function timeAndAgo(atMs: number, nowMs: number): Markup {
  const { iso, time } = timeOf(atMs);
  return markup`<time datetime="${iso}">${time}</time> (${agoWords(atMs, nowMs)})`;
}

function timeOf(atMs: number): { readonly iso: string; readonly time: string } {
  const iso = new Date(atMs).toISOString();
  return { iso, time: `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC` };
}

/** `12 seconds ago`, `yesterday`, or a date. */
export function agoWords(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs;
  if (Math.abs(ms) < 2 * SECOND_MS) return "just now";
  if (ms > LONGEST_AGO_MS) return `on ${timeOf(atMs).iso.slice(0, 10)}`;
  if (Math.abs(ms) < MINUTE_MS) return inWords.format(-Math.trunc(ms / SECOND_MS), "second");
  if (Math.abs(ms) < HOUR_MS) return inWords.format(-Math.trunc(ms / MINUTE_MS), "minute");
  if (Math.abs(ms) < DAY_MS) return inWords.format(-Math.trunc(ms / HOUR_MS), "hour");
  return inWords.format(-Math.trunc(ms / DAY_MS), "day");
}

/** A duration; zero if the clock was set back. */
export function took(startedAtMs: number, endedAtMs: number): Markup {
  const ms = Math.max(0, endedAtMs - startedAtMs);
  return markup`<time datetime="PT${(ms / SECOND_MS).toFixed(3)}S">${durationText(ms)}</time>`;
}

const SIZE_UNITS = ["KiB", "MiB", "GiB", "TiB"] as const;

/** `812 bytes`, `1.5 KiB`, `95 MiB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return counted(bytes, "byte");
  let size = bytes / 1024;
  let unit = 0;
  while (size >= 1024 && unit < SIZE_UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${SIZE_UNITS[unit]}`;
}

/** `1 line`, `1,234 lines`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
