// Which paths lie on file systems of this host, which always answer, and asks about others without waiting for them in the
// main thread: one whose server is gone never answers. Knows nothing of programs.
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { type SystemText, systemPath } from "../../base/encoding/system-text.ts";
import { errorCode } from "../../base/error-code.ts";

/** How long an answer holds; meanwhile something else may be mounted there, or a link lead elsewhere. */
export const KNOWN_FOR_MS = 60_000;
/** How many paths are remembered, before all are forgotten. */
const PATHS_LIMIT = 1000;

/** The numbers that statfs(2) has for file systems that wait for no server. Any other is one that may. */
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
  /** The number of the file system that a path lies on; tests have their own. */
  readonly fileSystemType?: (path: SystemText) => Promise<number>;
}

export class LocalPaths {
  readonly #nowMs: () => number;
  readonly #fileSystemType: (path: SystemText) => Promise<number>;
  /** Until when they are known. */
  readonly #knownUntilMs = new Map<SystemText, number>();
  /** Not answered yet. Who asks about the same path waits with the first, so that it costs one thread of Node's pool. */
  readonly #asked = new Map<SystemText, Promise<void>>();

  constructor({ nowMs, fileSystemType = typeOf }: LocalPathsOptions) {
    this.#nowMs = nowMs;
    this.#fileSystemType = fileSystemType;
  }

  /** Whether looking at the path is known not to hang. */
  has(path: SystemText): boolean {
    const untilMs = this.#knownUntilMs.get(path);
    return untilMs !== undefined && this.#nowMs() < untilMs;
  }

  /** Resolves when the system has answered, be it that there is no such path; never rejects, and may never settle. */
  ask(path: SystemText): Promise<void> {
    const asked = this.#asked.get(path) ?? this.#ask(path).finally(() => this.#asked.delete(path));
    this.#asked.set(path, asked);
    return asked;
  }

  async #ask(path: SystemText): Promise<void> {
    try {
      if (LOCAL_TYPES.has(await this.#fileSystemType(path))) this.#remember(path);
    } catch (error) {
      // A path that is not there is as good as the directory that it would be in; others may tell more another time.
      const parent = dirname(path);
      if (errorCode(error) !== "ENOENT" || parent === path) return;
      await this.ask(parent);
      if (this.has(parent)) this.#remember(path);
    }
  }

  #remember(path: SystemText): void {
    if (this.#knownUntilMs.size >= PATHS_LIMIT) this.#knownUntilMs.clear();
    this.#knownUntilMs.set(path, this.#nowMs() + KNOWN_FOR_MS);
  }
}

async function typeOf(path: SystemText): Promise<number> {
  return (await statfs(systemPath(path))).type;
}
