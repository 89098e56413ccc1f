// Logs directories in the base directory that no builder uses any more, or removes them if that is configured. This runs in
// the background, and errors are only logged, never reported to a master.
import { lstat, realpath } from "node:fs/promises";
import { systemBytes, systemPath, systemText } from "../base/encoding/system-text.ts";
import { errorText } from "../base/errors.ts";
import { systemRules } from "../base/system-rules.ts";
import { directoryEntries, joinPath } from "../commands/index.ts";
import { mountPoints } from "../process/spawn/index.ts";
import { type DirectoryRemoval, type RemovalSettings, startRemoval } from "./directory-removal.ts";
import { EVERY_NAME, namesBelow } from "./names-below.ts";
import type { WorkerSettings } from "./settings.ts";

/** Directories that are logged or removed after one list of builders; more follow after the next list. */
const SWEEP_LIMIT = 1000;

export interface LeftoverOptions {
  readonly settings: RemovalSettings &
    Pick<WorkerSettings, "deleteLeftoverDirs" | "log" | "ownFiles" | "otherBaseDirectories">;
  /** Absolute paths of directories in which commands are running. */
  readonly usedDirectories: () => readonly string[];
}

export class LeftoverDirectories {
  readonly #options: LeftoverOptions;
  /** Names that must be kept, as system text; see `namesBelow`. */
  #wanted: ReadonlySet<string> = new Set([EVERY_NAME]);
  /** Those of the last list that was swept. */
  #sweptFor = this.#wanted;
  #wantedPaths: readonly string[] = [];
  /** Names that contain the base directory of another worker, as of the last sweep. */
  #otherWorkers: ReadonlySet<string> = new Set();
  /** The directory that is being removed. */
  #removal: (DirectoryRemoval & { readonly name: string }) | undefined;
  #sweeping: Promise<void> | undefined;
  #isOutdated = false;
  #isStopped = false;

  constructor(options: LeftoverOptions) {
    this.#options = options;
  }

  /**
   * Must be called before builders' directories are created: from now on they are not removed. Resolves when none of them
   * is being removed.
   */
  async protect(directoryNames: readonly string[]): Promise<void> {
    const names = this.#namesOf(this.#pathsOf(directoryNames));
    // Without those of earlier lists that failed: a master may send any number of them.
    this.#wanted = new Set([...this.#sweptFor, ...names]);
    const removal = this.#removal;
    if (removal !== undefined && (names.has(EVERY_NAME) || names.has(removal.name))) await removal.done;
  }

  /** Starts a sweep for directories that these builders do not need, after any sweep in progress, and returns at once. */
  sweep(directoryNames: readonly string[]): void {
    this.#wantedPaths = this.#pathsOf(directoryNames);
    this.#sweptFor = this.#namesOf(this.#wantedPaths);
    this.#wanted = this.#sweptFor;
    this.#isOutdated = true;
    this.#sweeping ??= this.#run();
  }

  /** Kills a running removal before it returns; resolves when the sweep has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#removal?.stop();
    await this.#sweeping;
  }

  async #run(): Promise<void> {
    const { settings } = this.#options;
    while (this.#isOutdated && !this.#isStopped) {
      // Answer the master first.
      await new Promise<void>((resolve) => setImmediate(resolve));
      this.#isOutdated = false;
      try {
        await this.#sweepOnce();
      } catch (error) {
        settings.log(`Cannot look for leftover directories: ${errorText(error)}`);
      }
    }
    this.#sweeping = undefined;
  }

  /** Ends early if a newer list of builders arrives. */
  async #sweepOnce(): Promise<void> {
    const { baseDirectory, deleteLeftoverDirs, log } = this.#options.settings;
    const { names, more } = await this.#leftovers();
    // After the listing: directories that are created later are not in it.
    this.#otherWorkers = await this.#namesOfOtherWorkers();
    for (const name of names) {
      if (this.#isOutdated || this.#isStopped) return;
      if (!this.#isLeftover(name)) continue;
      const shown = this.#textOf(name);
      if (!deleteLeftoverDirs) {
        log(`I have a leftover directory '${shown}' that is not being used by the buildmaster: you can delete it now`);
        continue;
      }
      const reason = await reasonToKeep(baseDirectory, name);
      // Check again, because that took time.
      if (this.#isOutdated || this.#isStopped || !this.#isLeftover(name)) continue;
      const needed = reason ?? this.#reasonNeeded(name, shown);
      if (needed === undefined) await this.#remove(name, shown);
      else log(`Not deleting '${shown}', which is not being used by the buildmaster: ${needed}`);
    }
    if (more > 0) log(`and ${more} more leftover directories, which will be handled after the next list of builders`);
  }

  /** Names of possible leftover directories; links are included only if directories are removed. */
  async #leftovers(): Promise<{ readonly names: readonly string[]; readonly more: number }> {
    const { baseDirectory, deleteLeftoverDirs } = this.#options.settings;
    const throughLinks = deleteLeftoverDirs ? await this.#namesBehindLinks() : new Set<string>();
    const names: string[] = [];
    let more = 0;
    for await (const { name: bytes, mayBeDirectory } of directoryEntries(byteTextOf(baseDirectory))) {
      const name = systemText(Buffer.from(bytes, "latin1"));
      if (!mayBeDirectory || !this.#isLeftover(name) || throughLinks.has(systemRules.sameName(name))) continue;
      if (!deleteLeftoverDirs && !(await isDirectory(joinPath(baseDirectory, name)))) continue;
      if (names.length < SWEEP_LIMIT) names.push(name);
      else more += 1;
    }
    return { names: names.sort(), more };
  }

  /** A builder's directory may be a link to another directory in the base directory, or lead through one. */
  async #namesBehindLinks(): Promise<ReadonlySet<string>> {
    const base = await realpath(systemPath(this.#options.settings.baseDirectory));
    return namesBelow(base, await realPaths(this.#wantedPaths));
  }

  /** By text and behind links; all names if another worker has the same base directory, none if its is a parent of ours. */
  async #namesOfOtherWorkers(): Promise<ReadonlySet<string>> {
    const { baseDirectory, otherBaseDirectories = [] } = this.#options.settings;
    if (otherBaseDirectories.length === 0) return new Set();
    const paths = this.#pathsOf(otherBaseDirectories);
    const base = await realpath(systemPath(baseDirectory));
    const within = (place: string, all: readonly string[]) =>
      namesBelow(
        place,
        all.filter((path) => isWithin(place, path)),
      );
    return new Set([...within(baseDirectory, paths), ...within(base, await realPaths(paths))]);
  }

  #isLeftover(name: string): boolean {
    const same = systemRules.sameName(name);
    const isOurs = same === systemRules.sameName("info") || name.startsWith(".buildhand");
    return !isOurs && ![this.#wanted, this.#otherWorkers].some((names) => names.has(EVERY_NAME) || names.has(same));
  }

  #reasonNeeded(name: string, shown: string): string | undefined {
    const { ownFiles = [], rules } = this.#options.settings;
    if (systemBytes(name).compare(rules.fileEncoding.encode(shown) ?? Buffer.of()) !== 0) {
      return `its name is not in ${rules.fileEncoding.name}`;
    }
    if (this.#holds(name, ownFiles)) return "it contains a file of the worker itself";
    return this.#holds(name, this.#options.usedDirectories()) ? "a command is still running in it" : undefined;
  }

  #holds(name: string, paths: readonly string[]): boolean {
    const names = this.#namesOf(this.#pathsOf(paths));
    return names.has(systemRules.sameName(name)) || names.has(EVERY_NAME);
  }

  async #remove(name: string, shown: string): Promise<void> {
    const { settings } = this.#options;
    const { log } = settings;
    log(`Deleting directory '${shown}' that is not being used by the buildmaster`);
    this.#removal = { name, ...startRemoval(joinPath(settings.baseDirectory, shown), settings) };
    const problem = await this.#removal.done;
    this.#removal = undefined;
    if (this.#isStopped) log(`The worker stopped before directory '${shown}' was deleted`);
    else if (problem !== undefined) log(`Cannot remove directory '${shown}': ${problem}`);
  }

  #pathsOf(directoryNames: readonly string[]): readonly string[] {
    const { baseDirectory, rules } = this.#options.settings;
    const paths = directoryNames.map((name) => rules.fileEncoding.encode(joinPath(baseDirectory, name)));
    return paths.flatMap((path) => (path === undefined ? [] : [systemText(path)]));
  }

  #namesOf(paths: readonly string[]): ReadonlySet<string> {
    return namesBelow(this.#options.settings.baseDirectory, paths);
  }

  #textOf(name: string): string {
    return this.#options.settings.rules.fileEncoding.decode(systemBytes(name));
  }
}

/** Why the file system makes it unsafe to remove. */
async function reasonToKeep(baseDirectory: string, name: string): Promise<string | undefined> {
  try {
    const stats = await lstat(systemPath(joinPath(baseDirectory, name)));
    if (stats.isSymbolicLink()) return "it is a symbolic link";
    const base = await realpath(systemPath(baseDirectory), "buffer");
    if (stats.dev !== (await lstat(base)).dev) return "it is a mount point";
    const path = byteTextOf(joinPath(systemText(base), name));
    const mounted = (await mountPoints()).filter((point) => point === path || point.startsWith(`${path}/`));
    if (mounted.length === 0) return undefined;
    return mounted.includes(path) ? "it is a mount point" : "something is mounted in it";
  } catch (error) {
    return errorText(error);
  }
}

async function realPaths(paths: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) found.push(await realpath(systemPath(path)).catch(() => path)); // it does not exist any more
  return found;
}

async function isDirectory(path: string): Promise<boolean> {
  const stats = await lstat(systemPath(path)).catch(() => undefined); // it does not exist any more
  return stats?.isDirectory() === true;
}

function byteTextOf(path: string): string {
  return systemBytes(path).toString("latin1");
}

function isWithin(place: string, path: string): boolean {
  const names = systemRules.pathNames(path).map(systemRules.sameName);
  return systemRules.pathNames(place).every((name, index) => systemRules.sameName(name) === names[index]);
}
