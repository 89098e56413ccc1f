// Finds the paths that match a pattern, a few directories at a time, so that other work can run meanwhile. Does not
// follow loops: a directory that contains itself through a link is not entered again.
import { type BigIntStats, lstatSync, statSync } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { type TextEncoding, utf8 } from "../../base/encoding/text-encoding.ts";
import { systemError } from "../../base/system-error.ts";
import type { Confinement, HeldPath, PathUse } from "../confine/open-confinement.ts";
import { bytePath, type DirectoryEntry, eachEntry } from "../directory-entries.ts";
import { commandsErrors } from "../errors.ts";
import { type ByteText, FileNames, textOfBytes } from "../file-names.ts";
import { isNear } from "../near-trees.ts";
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
  else if ((await search.entryAt(start, false)) !== undefined) search.found.add(start);
  return search.found;
}

/** A directory to examine with the step of this number. */
interface Place {
  readonly path: ByteText;
  readonly step: number;
  /** See near-trees.ts; the path leads through no link below the start. */
  readonly isNear: boolean;
  /** The directories through which a tree step reached it; undefined at its start. */
  readonly within?: Ancestor;
}

interface Ancestor {
  /** Device and inode number. */
  readonly identity: string;
  readonly parent: Ancestor | undefined;
}

/** Called with the path of an entry, and its name for matching. */
type OnEntry = (path: ByteText, name: string, entry: DirectoryEntry) => void;

/** Of a directory or link. */
type Found = Pick<DirectoryEntry, "isLink" | "mayBeDirectory">;

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
    const near = this.#confinement === undefined && (await isNear(bytePath(start || "/")));
    this.#places.push({ path: start, step: 0, isNear: near });
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
        const entry = await this.entryAt(named, place.isNear);
        if (entry !== undefined) this.#reach(named, place, entry);
        return;
      }
      case "match":
        return this.#read(place, (at, name, entry) => {
          if (wanted.test(name)) this.#reach(at, place, entry);
        });
      case "tree":
        return this.#visitTree(place, wanted.repeated);
      default:
        return wanted satisfies never;
    }
  }

  async #visitTree(place: Place, repeated: boolean): Promise<void> {
    const { path, step, within } = place;
    const identity = await this.#identity(place);
    if (identity === undefined || isAmong(identity, within)) return;
    const isLast = step + 1 === this.#steps.length;
    if (!isLast) this.#places.push({ path, step: step + 1, isNear: place.isNear });
    else if (within === undefined || repeated) this.found.add(joinPath(path, ""));
    const ancestor = { identity, parent: within };
    await this.#read(place, (at, name, { isLink, mayBeDirectory }) => {
      if (isHidden(name)) return;
      if (isLast) this.found.add(at);
      if (mayBeDirectory) this.#places.push({ path: at, step, isNear: place.isNear && !isLink, within: ancestor });
    });
  }

  /** A path that matches all steps up to that of `place`. */
  #reach(path: ByteText, place: Place, { isLink, mayBeDirectory }: Found): void {
    const step = place.step + 1;
    if (step === this.#steps.length) this.found.add(path);
    else if (mayBeDirectory) this.#places.push({ path, step, isNear: place.isNear && !isLink });
  }

  /** A dangling link exists. Undefined if nothing does or, for any reason, it cannot be used. */
  async entryAt(path: ByteText, isInNear: boolean): Promise<Found | undefined> {
    try {
      const stats = isInNear ? lstatSync(bytePath(path)) : await this.at(path, "entry", lstat);
      // `..` leads elsewhere too.
      return { isLink: stats.isSymbolicLink() || path.endsWith("/.."), mayBeDirectory: true };
    } catch {
      return undefined;
    }
  }

  at<Value>(path: ByteText, use: PathUse, work: (path: Buffer) => Promise<Value>): Promise<Value> {
    return this.#confinement?.at(path, use, (held) => work(bytePath(held))) ?? work(bytePath(path));
  }

  async #identity({ path, isNear: near }: Place): Promise<string | undefined> {
    try {
      const status: BigIntStats = near
        ? statSync(bytePath(path), { bigint: true })
        : await this.at(path, "content", (at) => stat(at, { bigint: true }));
      return status.isDirectory() ? `${status.dev}:${status.ino}` : undefined;
    } catch {
      return undefined; // a dangling link, or removed
    }
  }

  async #read({ path, isNear: near }: Place, onEntry: OnEntry): Promise<void> {
    this.#directoriesRead += 1;
    if (this.#directoriesRead > this.#directoriesLimit) {
      throw commandsErrors.tooManyFiles("directories to search", this.#directoriesLimit);
    }
    let held: HeldPath | undefined;
    try {
      held = await this.#confinement?.hold(path, "content");
      await eachEntry(held?.path ?? path, near, (entry) => {
        this.#signal.throwIfAborted();
        onEntry(joinPath(path, entry.name), textOfBytes(entry.name, this.#encoding), entry);
      });
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    } finally {
      await held?.close();
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
