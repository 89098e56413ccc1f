// How certificates are shown in sentences. What stands in them a peer has chosen.
import { clippedLine } from "../base/clip.ts";

/** `2026-05-05`, in UTC, of a date as certificates give it. */
export function shownDay(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : time.toISOString().slice(0, 10);
}

/** `'Buildbot CA'`: the common name, or all there is, of a subject or issuer with a line for each of its parts. */
export function commonName(distinguishedName: string): string {
  const name = /^CN=(.*)$/m.exec(distinguishedName)?.[1] ?? distinguishedName.replaceAll("\n", ", ");
  return quoted(name);
}

/** In single quotes, without what could break or fill a line of the log. */
export function quoted(text: string): string {
  return `'${clippedLine(text)}'`;
}

/** `SHA-256`, 64 lower-case hexadecimal digits, of `AB:CD:…`. */
export function plainFingerprint(text: string): string {
  return text.replaceAll(":", "").toLowerCase();
}

/** `2026-05-05 13:07 UTC` of a date as certificates give it. */
export function shownMinute(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? quoted(text) : `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
