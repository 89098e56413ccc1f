// Durations and sizes: a number with a unit, or a plain number of seconds or bytes. Pure.

const secondsOfUnit = { ms: 0.001, s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 } as const;
const bytesOfUnit = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 } as const;

/** Shared with the schema. */
export const durationPattern = /^(?:\d+(?:\.\d+)?\s*(?:ms|s|min|m|h|d|w)\s*)+$/;
export const sizePattern = /^\d+(?:\.\d+)?\s*(?:[kKmMgG][iI]?)?[bB]$/;

/** `1h 30m`, `500ms`, or a number, in seconds. The text must match durationPattern. */
export function secondsOf(duration: string | number): number {
  if (typeof duration === "number") return duration;
  const parts = duration.matchAll(/(?<!\d)(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|w)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * factor(secondsOfUnit, unit), 0);
}

/** `100MB`, `1 GiB`, or a number, in whole bytes. The text must match sizePattern. */
export function bytesOf(size: string | number): number {
  if (typeof size === "number") return size;
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(size) ?? [];
  return Math.floor(Number(count) * factor(bytesOfUnit, unit?.toLowerCase()));
}

function factor(units: Readonly<Record<string, number>>, unit: string | undefined): number {
  return units[unit ?? ""] ?? Number.NaN;
}
