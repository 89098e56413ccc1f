// Temporary names of partial uploads next to their destinations, and how to recognise those that a killed master left.
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";

/** Of this process. */
const own = randomBytes(4).toString("hex");

export interface NamesBeside {
  /** The partial upload. */
  readonly part: string;
  /** A directory that keeps the previous content while it is replaced. */
  readonly old: string;
}

/** Unique paths in the directory of `place`. */
export function namesBeside(place: string): NamesBeside {
  const path = join(dirname(place), `.upload-${own}-${randomBytes(8).toString("hex")}`);
  return { part: `${path}.part`, old: `${path}.old` };
}

/** The kind of a temporary name of another process; undefined for other names. */
export function leftoverKind(name: string): "part" | "old" | undefined {
  const [, process, kind] = /^\.upload-([0-9a-f]{8})-[0-9a-f]{16}\.(part|old)$/.exec(name) ?? [];
  if (process === undefined || process === own) return undefined;
  return kind === "old" ? "old" : "part";
}
