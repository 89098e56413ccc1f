// Finds the paths that match a pattern, a few directories at a time, so that other work can run meanwhile. Does not
// follow loops: a directory that contains itself through a link is not entered again.
import { lstat, stat } from "node:fs/promises";
import { type TextEncoding, utf8 } from "../../base/encoding/text-encoding.ts";
import { systemError } from "../../base/system-error.ts";
import type { Confinement, PathUse } from "../confine/open-confinement.ts";
import { bytePath, directoryEntries } from "../directory-entries.ts";
import { commandsErrors } from "../errors.ts";
import { type ByteText, FileNames, textOfBytes } from "../file-names.ts";
import { joinPath } from "../paths.ts";
import { isHidden, type PathPattern, type Step } from "./path-pattern.ts";

const DIRECTORIES_LIMIT = 1_000_000;
/** Directories that are read at the same time, enough to keep Node's four threads busy. */
const PLACES_AT_ONCE = 8;

export interface SearchLimits {
  /** When aborted, the search throws its reason. */
  readonly signal: AbortSignal;
  readonly directoriesLimit?: number;
  /** Encoding of names; default: UTF-8. */
  readonly encoding?: TextEncoding;
  readonly confinement?: Confinement | undefined;
}

/**
 * All matches, without duplicates, in no particular order. Unreadable directories count as empty. Throws
 * ERR_TOO_MANY_FILES.
 */
export async function searchFiles({ start, steps }: PathPattern, limits: SearchLimits): Promise<FileNames> {
  const search = new Search(steps, limits);
  // An error if it leads out of the base directory.
  const use = steps.length > 0 ? "content" : "entry";
  if (limits.confinement !== undefined) await search.at(start, use, async () => {}).catch(throwRefusal);
  if (steps.length > 0) await search.run(start);
  else if (await search.exists(start)) search.found.add(start);
  return search.found;
}

/** A directory to examine with the step of this number. */
interface Place {
  readonly path: ByteText;
  readonly step: number;
  /** The directories through which a tree step reached it; undefined at its start. */
  readonly within?: Ancestor;
}

interface Ancestor {
  /** Device and inode number. */
  readonly identity: string;
  readonly parent: Ancestor | undefined;
}

interface Entry {
  readonly path: ByteText;
  /** For matching. */
  readonly name: string;
  readonly mayBeDirectory: boolean;
}

class Search {
  readonly found: FileNames;
  readonly #encoding: TextEncoding;
  readonly #steps: readonly Step[];
  readonly #signal: AbortSignal;
  readonly #directoriesLimit: number;
  readonly #confinement: Confinement | undefined;
  readonly #places: Place[] = [];
  #directoriesRead = 0;

  constructor(steps: readonly Step[], limits: SearchLimits) {
    const { signal, directoriesLimit = DIRECTORIES_LIMIT, encoding = utf8, confinement } = limits;
    this.found = new FileNames(encoding);
    this.#encoding = encoding;
    this.#steps = steps;
    this.#signal = signal;
    this.#directoriesLimit = directoriesLimit;
    this.#confinement = confinement;
  }

  async run(start: ByteText): Promise<void> {
    this.#places.push({ path: start, step: 0 });
    while (this.#places.length > 0) {
      this.#signal.throwIfAborted();
      // Depth first, so that few places wait.
      const next = this.#places.splice(-PLACES_AT_ONCE);
      await Promise.all(next.map((place) => this.#visit(place)));
    }
  }

  async #visit(place: Place): Promise<void> {
    const { path, step } = place;
    const wanted = this.#steps[step]!;
    switch (wanted.type) {
      case "name": {
        const named = joinPath(path, wanted.name);
        if (await this.exists(named)) this.#reach(named, step + 1);
        return;
      }
      case "match":
        for await (const entry of this.#read(path)) {
          if (wanted.test(entry.name)) this.#reach(entry.path, step + 1, entry.mayBeDirectory);
        }
        return;
      case "tree":
        return this.#visitTree(place, wanted.repeated);
      default:
        return wanted satisfies never;
    }
  }

  async #visitTree({ path, step, within }: Place, repeated: boolean): Promise<void> {
    const identity = await this.#identity(path);
    if (identity === undefined || isAmong(identity, within)) return;
    const isLast = step + 1 === this.#steps.length;
    if (!isLast) this.#reach(path, step + 1);
    else if (within === undefined || repeated) this.found.add(joinPath(path, ""));
    for await (const entry of this.#read(path)) {
      if (isHidden(entry.name)) continue;
      if (isLast) this.found.add(entry.path);
      if (entry.mayBeDirectory) this.#places.push({ path: entry.path, step, within: { identity, parent: within } });
    }
  }

  /** A path that matches all steps before `step`. */
  #reach(path: ByteText, step: number, mayBeDirectory = true): void {
    if (step === this.#steps.length) this.found.add(path);
    else if (mayBeDirectory) this.#places.push({ path, step });
  }

  /** A dangling link exists. */
  async exists(path: ByteText): Promise<boolean> {
    try {
      await this.at(path, "entry", lstat);
      return true;
    } catch {
      return false; // for any reason, it cannot be used
    }
  }

  at<Value>(path: ByteText, use: PathUse, work: (path: Buffer) => Promise<Value>): Promise<Value> {
    return this.#confinement?.at(path, use, (held) => work(bytePath(held))) ?? work(bytePath(path));
  }

  async #identity(path: ByteText): Promise<string | undefined> {
    try {
      const status = await this.at(path, "content", (at) => stat(at, { bigint: true }));
      return status.isDirectory() ? `${status.dev}:${status.ino}` : undefined;
    } catch {
      return undefined; // a dangling link, or removed
    }
  }

  async *#entries(path: ByteText) {
    const held = await this.#confinement?.hold(path, "content");
    try {
      yield* directoryEntries(held?.path ?? path);
    } finally {
      await held?.close();
    }
  }

  async *#read(path: ByteText): AsyncGenerator<Entry> {
    this.#directoriesRead += 1;
    if (this.#directoriesRead > this.#directoriesLimit) {
      throw commandsErrors.tooManyFiles("directories to search", this.#directoriesLimit);
    }
    try {
      for await (const { name, mayBeDirectory } of this.#entries(path)) {
        this.#signal.throwIfAborted();
        yield { path: joinPath(path, name), name: textOfBytes(name, this.#encoding), mayBeDirectory };
      }
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
  }
}

/** Errors that do not depend on the directory: ignoring them would give an incomplete result. */
const shortages: readonly unknown[] = ["EMFILE", "ENFILE", "ENOMEM"];

/** Not a directory, removed, not accessible, or an invalid path with a NUL. */
function isUnreadable(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (systemError(error) === undefined) return code === "ERR_INVALID_ARG_VALUE";
  return !shortages.includes(code);
}

function throwRefusal(error: unknown): void {
  if (commandsErrors.confined.is(error)) throw error;
}

function isAmong(identity: string, ancestor: Ancestor | undefined): boolean {
  for (let one = ancestor; one !== undefined; one = one.parent) if (one.identity === identity) return true;
  return false;
}
