// Ids of builders and workers, which Buildbot's clients expect as numbers: from the name, so they survive restarts and
// changes of the configuration.
import { createHash } from "node:crypto";

/** From 1, 31 bits. */
export function idOfName(name: string): number {
  return createHash("sha256").update(name).digest().readUInt32BE(0) >>> 1 || 1;
}

/** By its name or its id, as in an address. */
export function named<Value extends { readonly name: string }>(
  values: readonly Value[],
  wanted: string,
): Value | undefined {
  return values.find(({ name }) => name === wanted) ?? values.find(({ name }) => String(idOfName(name)) === wanted);
}
