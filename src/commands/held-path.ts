// The paths that file commands work at: the master's as they are or, with --confine, what they name below the base directory,
// held open so that nobody can replace it. Knows no files.
import type { TextEncoding } from "../base/encoding/text-encoding.ts";
import type { Confinement, PathUse } from "./confine/open-confinement.ts";
import { bytePath } from "./directory-entries.ts";
import { byteText } from "./file-names.ts";
import { filePath } from "./file-paths.ts";

/** Of `CommandRules`. */
export interface PathRules {
  readonly fileEncoding: TextEncoding;
  readonly confinement?: Confinement | undefined;
}

export interface PathOf {
  /** As the master wrote it. */
  readonly path: string;
  readonly use: PathUse;
}

/** Calls `work` with the path for Node's functions, which is valid until it has settled. */
export async function atPath<Value>(
  { fileEncoding, confinement }: PathRules,
  { path, use }: PathOf,
  work: (path: string | Buffer) => Promise<Value>,
): Promise<Value> {
  if (confinement === undefined) return work(filePath(path, fileEncoding));
  try {
    return await confinement.at(byteText(path, fileEncoding), use, (held) => work(bytePath(held)));
  } catch (error) {
    throw namingPath(error, path);
  }
}

/** The system's error with the master's path instead of one below /proc. */
export function namingPath(error: unknown, path: string): unknown {
  return error instanceof Error && "path" in error ? Object.assign(error, { path }) : error;
}
