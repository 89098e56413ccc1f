// Directories in the base directory that no builder uses any more: named in the log, or removed when that is asked for.
// Always in the background, never an answer to a master: whatever goes wrong is a line in the log.
import { lstat, realpath } from "node:fs/promises";
import { systemBytes, systemPath, systemText } from "../base/encoding/system-text.ts";
import { errorText } from "../base/errors.ts";
import { directoryEntries, joinPath } from "../commands/index.ts";
import { type DirectoryRemoval, type RemovalSettings, startRemoval } from "./directory-removal.ts";
import { mountPoints } from "./host/index.ts";
import { EVERY_NAME, namesBelow } from "./names-below.ts";
import type { WorkerSettings } from "./settings.ts";

/** So many directories are named in the log after one list of builders, or removed; more will be after the next. */
const SWEEP_LIMIT = 1000;

export interface LeftoverOptions {
  readonly settings: RemovalSettings &
    Pick<WorkerSettings, "deleteLeftoverDirs" | "log" | "ownFiles" | "otherBaseDirectories">;
  /** Absolute paths of directories in which something runs at that moment. */
  readonly usedDirectories: () => readonly string[];
}

export class LeftoverDirectories {
  readonly #options: LeftoverOptions;
  /** Names that are not to be touched, as system text; see `namesBelow`. */
  #wanted: ReadonlySet<string> = new Set([EVERY_NAME]);
  /** Those of the last list that was swept for. */
  #sweptFor = this.#wanted;
  #wantedPaths: readonly string[] = [];
  /** Those that hold the base directory of another worker, as of the last sweep. */
  #others: ReadonlySet<string> = new Set();
  /** The one that is being removed. */
  #removal: (DirectoryRemoval & { readonly name: string }) | undefined;
  #sweeping: Promise<void> | undefined;
  #isOutdated = false;
  #isStopped = false;

  constructor(options: LeftoverOptions) {
    this.#options = options;
  }

  /**
   * To be called before builders' directories are made: from now on they are not removed. Resolves when none of them is
   * being removed any more.
   */
  async protect(directoryNames: readonly string[]): Promise<void> {
    const names = this.#namesOf(this.#pathsOf(directoryNames));
    // Not those of lists before, which came to nothing: a master may send any number of them.
    this.#wanted = new Set([...this.#sweptFor, ...names]);
    const removal = this.#removal;
    if (removal !== undefined && (names.has(EVERY_NAME) || names.has(removal.name))) await removal.done;
  }

  /** Looks for what none of these builders' directories needs, and returns at once; one sweep after the other. */
  sweep(directoryNames: readonly string[]): void {
    this.#wantedPaths = this.#pathsOf(directoryNames);
    this.#sweptFor = this.#namesOf(this.#wantedPaths);
    this.#wanted = this.#sweptFor;
    this.#isOutdated = true;
    this.#sweeping ??= this.#run();
  }

  /** Kills what removes something, before it returns; resolves when nothing of it goes on. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#removal?.stop();
    await this.#sweeping;
  }

  async #run(): Promise<void> {
    const { settings } = this.#options;
    while (this.#isOutdated && !this.#isStopped) {
      // The master gets its answer first.
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

  /** Ends early when there is a newer list of builders. */
  async #sweepOnce(): Promise<void> {
    const { baseDirectory, deleteLeftoverDirs, log } = this.#options.settings;
    const { names, more } = await this.#leftovers();
    // Behind the listing: one that is made from now on is not in it.
    this.#others = await this.#namesOfOthers();
    for (const name of names) {
      if (this.#isOutdated || this.#isStopped) return;
      if (!this.#isLeftover(name)) continue;
      const shown = this.#textOf(name);
      if (!deleteLeftoverDirs) {
        log(`I have a leftover directory '${shown}' that is not being used by the buildmaster: you can delete it now`);
        continue;
      }
      const reason = await whyKept(baseDirectory, name);
      // Time has passed.
      if (this.#isOutdated || this.#isStopped || !this.#isLeftover(name)) continue;
      const kept = reason ?? this.#whyStillNeeded(name, shown);
      if (kept === undefined) await this.#remove(name, shown);
      else log(`Not deleting '${shown}', which is not being used by the buildmaster: ${kept}`);
    }
    if (more > 0) log(`and ${more} more leftover directories, of which the next list of builders will tell`);
  }

  /** The names of all that may be one; a link is named when it would be removed. */
  async #leftovers(): Promise<{ readonly names: readonly string[]; readonly more: number }> {
    const { baseDirectory, deleteLeftoverDirs } = this.#options.settings;
    const throughLinks = deleteLeftoverDirs ? await this.#namesBehindLinks() : new Set<string>();
    const names: string[] = [];
    let more = 0;
    for await (const { name: bytes, mayBeDirectory } of directoryEntries(byteTextOf(baseDirectory))) {
      const name = systemText(Buffer.from(bytes, "latin1"));
      if (!mayBeDirectory || !this.#isLeftover(name) || throughLinks.has(name)) continue;
      if (!deleteLeftoverDirs && !(await isDirectory(joinPath(baseDirectory, name)))) continue;
      if (names.length < SWEEP_LIMIT) names.push(name);
      else more += 1;
    }
    return { names: names.sort(), more };
  }

  /** A builder's directory may be a link to another in the base directory, or lead through one. */
  async #namesBehindLinks(): Promise<ReadonlySet<string>> {
    const base = await realpath(systemPath(this.#options.settings.baseDirectory));
    return namesBelow(base, await realPaths(this.#wantedPaths));
  }

  /** By text and behind links; all names when it is the same base directory, none when it is one above this. */
  async #namesOfOthers(): Promise<ReadonlySet<string>> {
    const { baseDirectory, otherBaseDirectories = [] } = this.#options.settings;
    if (otherBaseDirectories.length === 0) return new Set();
    const paths = this.#pathsOf(otherBaseDirectories);
    const base = await realpath(systemPath(baseDirectory));
    const within = (place: string, all: readonly string[]) =>
      namesBelow(
        place,
        all.filter((path) => `${path}/`.startsWith(`${place}/`)),
      );
    return new Set([...within(baseDirectory, paths), ...within(base, await realPaths(paths))]);
  }

  #isLeftover(name: string): boolean {
    const isOurs = name === "info" || name.startsWith(".buildhand");
    return !isOurs && ![this.#wanted, this.#others].some((names) => names.has(EVERY_NAME) || names.has(name));
  }

  #whyStillNeeded(name: string, shown: string): string | undefined {
    const { ownFiles = [], rules } = this.#options.settings;
    if (systemBytes(name).compare(rules.fileEncoding.encode(shown) ?? Buffer.of()) !== 0) {
      return `its name is not in ${rules.fileEncoding.name}`;
    }
    if (this.#holds(name, ownFiles)) return "it holds a file of the worker itself";
    return this.#holds(name, this.#options.usedDirectories()) ? "a command still runs in it" : undefined;
  }

  #holds(name: string, paths: readonly string[]): boolean {
    const names = this.#namesOf(this.#pathsOf(paths));
    return names.has(name) || names.has(EVERY_NAME);
  }

  async #remove(name: string, shown: string): Promise<void> {
    const { settings } = this.#options;
    const { log } = settings;
    log(`Deleting directory '${shown}' that is not being used by the buildmaster`);
    this.#removal = { name, ...startRemoval(joinPath(settings.baseDirectory, shown), settings) };
    const problem = await this.#removal.done;
    this.#removal = undefined;
    if (this.#isStopped) log(`The worker stops before directory '${shown}' is deleted`);
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

/** Why it is better not removed, as far as the disk tells. */
async function whyKept(baseDirectory: string, name: string): Promise<string | undefined> {
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
  for (const path of paths) found.push(await realpath(systemPath(path)).catch(() => path)); // it is gone, and nothing is behind it
  return found;
}

async function isDirectory(path: string): Promise<boolean> {
  const stats = await lstat(systemPath(path)).catch(() => undefined); // it is gone
  return stats?.isDirectory() === true;
}

function byteTextOf(path: string): string {
  return systemBytes(path).toString("latin1");
}
