// Knows which paths are on local file systems, which always respond, and checks others without blocking the main
// thread, since a dead file server never responds. Independent of programs.
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { type SystemText, systemPath } from "../../base/encoding/system-text.ts";
import { errorCode } from "../../base/error-code.ts";

/** How long a result is valid; later another file system may be mounted there, or a link may change. */
export const KNOWN_FOR_MS = 60_000;
/** Paths that are remembered before all are forgotten. */
const PATHS_LIMIT = 1000;

/** Types of statfs(2) for file systems without a server. All others count as remote. */
const LOCAL_TYPES: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x5846_5342, // XFS
  0x9123_683e, // Btrfs
  0x0102_1994, // tmpfs
  0x8584_58f6, // ramfs
  0x794c_7630, // overlayfs
  0x2fc1_2fc1, // ZFS
  0xca45_1a4e, // bcachefs
  0xf2f5_2010, // F2FS
  0x7371_7368, // squashfs
  0xe0f5_e1e2, // EROFS
  0x9660, // ISO 9660
  0x4d44, // FAT
  0x9fa0, // proc
]);

export interface LocalPathsOptions {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** The statfs(2) type of a path's file system; replaced in tests. */
  readonly fileSystemType?: (path: SystemText) => Promise<number>;
}

export class LocalPaths {
  readonly #nowMs: () => number;
  readonly #fileSystemType: (path: SystemText) => Promise<number>;
  /** When each result expires. */
  readonly #knownUntilMs = new Map<SystemText, number>();
  /** Pending checks. Later callers for the same path share them, so that each costs only one thread of Node's pool. */
  readonly #pending = new Map<SystemText, Promise<void>>();

  constructor({ nowMs, fileSystemType = fileSystemTypeOf }: LocalPathsOptions) {
    this.#nowMs = nowMs;
    this.#fileSystemType = fileSystemType;
  }

  /** Whether accessing the path is known not to hang. */
  has(path: SystemText): boolean {
    const untilMs = this.#knownUntilMs.get(path);
    return untilMs !== undefined && this.#nowMs() < untilMs;
  }

  /** Resolves when the system has responded, even with ENOENT; never rejects, and may never settle. */
  check(path: SystemText): Promise<void> {
    const pending = this.#pending.get(path) ?? this.#check(path).finally(() => this.#pending.delete(path));
    this.#pending.set(path, pending);
    return pending;
  }

  async #check(path: SystemText): Promise<void> {
    try {
      if (LOCAL_TYPES.has(await this.#fileSystemType(path))) this.#remember(path);
    } catch (error) {
      // A missing path is as local as its parent directory; other errors may be temporary.
      const parent = dirname(path);
      if (errorCode(error) !== "ENOENT" || parent === path) return;
      await this.check(parent);
      if (this.has(parent)) this.#remember(path);
    }
  }

  #remember(path: SystemText): void {
    if (this.#knownUntilMs.size >= PATHS_LIMIT) this.#knownUntilMs.clear();
    this.#knownUntilMs.set(path, this.#nowMs() + KNOWN_FOR_MS);
  }
}

/** Of statfs(2); rejects with the system's error. */
export async function fileSystemTypeOf(path: SystemText): Promise<number> {
  return (await statfs(systemPath(path))).type;
}
