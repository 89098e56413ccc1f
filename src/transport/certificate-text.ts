// Formats parts of certificates for messages. The peer chose their content.
import { clippedLine } from "../base/clip.ts";

/** `2026-05-05`, in UTC, from a date as in certificates. */
export function shownDay(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : time.toISOString().slice(0, 10);
}

/** `'Buildbot CA'`: the common name, or else everything, of a subject or issuer that has one part per line. */
export function commonName(distinguishedName: string): string {
  const name = /^CN=(.*)$/m.exec(distinguishedName)?.[1] ?? distinguishedName.replaceAll("\n", ", ");
  return quoted(name);
}

/** In single quotes, clipped and without line breaks. */
export function quoted(text: string): string {
  return `'${clippedLine(text)}'`;
}

/** 64 lower-case hexadecimal digits from a SHA-256 fingerprint written as `AB:CD:…`. */
export function plainFingerprint(text: string): string {
  return text.replaceAll(":", "").toLowerCase();
}

/** `2026-05-05 13:07 UTC` from a date as in certificates. */
export function shownMinute(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? quoted(text) : `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
