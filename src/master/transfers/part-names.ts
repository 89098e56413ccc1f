// The names of uploads that are not whole yet, beside the places where they are to go, and how those that a killed master has
// left are told from our own.
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";

/** Of this process. */
const own = randomBytes(4).toString("hex");

export interface NamesBeside {
  /** What is not whole yet. */
  readonly part: string;
  /** A directory for what was there before, while it is replaced. */
  readonly old: string;
}

/** Paths beside `place` that nobody else has. */
export function namesBeside(place: string): NamesBeside {
  const path = join(dirname(place), `.upload-${own}-${randomBytes(8).toString("hex")}`);
  return { part: `${path}.part`, old: `${path}.old` };
}

/** What a name is that no upload of this process has. */
export function leftoverKind(name: string): "part" | "old" | undefined {
  const [, process, kind] = /^\.upload-([0-9a-f]{8})-[0-9a-f]{16}\.(part|old)$/.exec(name) ?? [];
  if (process === undefined || process === own) return undefined;
  return kind === "old" ? "old" : "part";
}
