// The worker itself, whichever protocol brings its orders: the builders that a master gave it and what runs on them.
import { mkdir } from "node:fs/promises";
import { errors } from "../base/errors.ts";
import { Builder } from "./builder.ts";
import { sweepLeftoverDirectories } from "./leftover-dirs.ts";
import type { WorkerSettings } from "./settings.ts";

export interface BuilderEntry {
  readonly name: string;
  /** Relative to the base directory; may have several components. */
  readonly directoryName: string;
}

/** Builders of one worker. Real masters have hundreds. */
const MOST_BUILDERS = 10_000;

export class Worker {
  readonly settings: WorkerSettings;
  #builders: ReadonlyMap<string, Builder> = new Map();
  /** Lists are worked off one after the other: each names all builders. */
  #lastList: Promise<unknown> = Promise.resolve();

  constructor(settings: WorkerSettings) {
    this.settings = settings;
  }

  print(message: string): void {
    this.settings.log(`message from master: ${message}`);
  }

  /** Takes over the master's complete list: same builders stay, new ones get their directory, others are disowned. */
  setBuilderList(entries: readonly BuilderEntry[]): Promise<readonly Builder[]> {
    const list = this.#lastList.then(() => this.#applyList(entries));
    this.#lastList = list.catch(() => {}); // it was told to whoever sent that list
    return list;
  }

  /** The master is gone: what runs is killed silently. Resolves when all of it is over. */
  async connectionLost(): Promise<void> {
    if ([...this.#builders.values()].some((builder) => builder.busy)) this.settings.log("lost remote step");
    await this.#abandonAll();
  }

  /** Resolves when nothing of the worker runs any more. */
  stop(): Promise<void> {
    return this.#abandonAll();
  }

  async #applyList(entries: readonly BuilderEntry[]): Promise<readonly Builder[]> {
    if (entries.length > MOST_BUILDERS) {
      throw errors.badArguments("setBuilderList", `at most ${MOST_BUILDERS} builders`, `${entries.length}`);
    }
    const wanted = new Map<string, Builder>();
    for (const { name, directoryName } of entries) {
      const builder = this.#builders.get(name) ?? new Builder(name, directoryName, this.settings);
      builder.directoryName = directoryName;
      wanted.set(name, builder);
      await mkdir(builder.directory, { recursive: true });
    }
    const gone = [...this.#builders.values()].filter((builder) => !wanted.has(builder.name));
    this.#builders = wanted;
    for (const builder of gone) builder.disown();
    await sweepLeftoverDirectories(
      this.settings,
      entries.map((entry) => entry.directoryName),
    );
    return entries.map(({ name }) => wanted.get(name)!);
  }

  async #abandonAll(): Promise<void> {
    await Promise.all([...this.#builders.values()].map((builder) => builder.abandon()));
  }
}
