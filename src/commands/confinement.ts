// How file commands work at paths that must not lead out of the base directory. Only types: confine/ does it.
import type { ByteText } from "./file-names.ts";

/**
 * What a path names. `content`: a file or directory, at the end of links; `subtree`: the same, but not the base directory
 * itself; `entry`: a name, even of a link, in its directory; `target`: the same at the end of links, which need not exist.
 * `new directory` is created with its parents.
 */
export type PathUse = "content" | "subtree" | "entry" | "target" | "new directory";

export interface HeldPath {
  /** Below /proc/self/fd. */
  readonly path: ByteText;
  readonly close: () => Promise<void>;
}

/** All throw the system's errors, and ERR_CONFINED for a path that leads out of the base directory. */
export interface Confinement {
  /** For operations that do not follow a link in the last name of the path. */
  readonly hold: (path: ByteText, use: PathUse) => Promise<HeldPath>;
  /** Of a directory below one that is held; `depth` counts how many are. */
  readonly holdInside: (
    path: Buffer,
    depth: number,
  ) => Promise<{ readonly path: Buffer; readonly close: () => Promise<void> }>;
  readonly makeDirectories: (path: ByteText) => Promise<void>;
  readonly removeTree: (path: ByteText, signal: AbortSignal) => Promise<void>;
  readonly copyTree: (from: ByteText, to: ByteText, signal: AbortSignal) => Promise<void>;
}
