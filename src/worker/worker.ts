// The worker itself, whichever protocol brings its orders: the builders that a master gave it and what runs on them.
import { relative, resolve } from "node:path";
import { clip } from "../base/clip.ts";
import { baseErrors, errorText } from "../base/errors.ts";
import { joinPath, makeDirectories, registry } from "../commands/index.ts";
import type { OutputRules } from "../output/index.ts";
import { WorkerSupervision } from "../process/crash-safety/index.ts";
import { sessionErrors } from "../session/errors.ts";
import { Builder, type BuilderEntry, type StartRequest } from "./builder.ts";
import type { CommandHistory } from "./command-history.ts";
import { workerErrors } from "./errors.ts";
import { LeftoverDirectories } from "./leftover-dirs.ts";
import type { RunningCommand } from "./running-command.ts";
import { RunningCommands } from "./running-commands.ts";
import type { WorkerSettings, WorkerSetup } from "./settings.ts";
import { unsupervised, type WorkerRuntime } from "./worker-runtime.ts";

/** Builders of one worker. Real masters have hundreds. */
const MOST_BUILDERS = 10_000;
/** Builder lists that wait for the one being worked off. A real master waits for each. */
const MOST_WAITING_LISTS = 100;

export interface DirectStart extends StartRequest {
  /** How the master wants lines and batches made. */
  readonly output: OutputRules;
  /** Its name, if the command is one of a build. */
  readonly builder: string | undefined;
}

export class Worker {
  readonly settings: WorkerSettings;
  readonly #supervision: WorkerSupervision;
  readonly #running: RunningCommands;
  readonly #leftovers: LeftoverDirectories;
  #builders: ReadonlyMap<string, Builder> = new Map();
  /** Lists are worked off one after the other: each names all builders. */
  #lastList: Promise<unknown> = Promise.resolve();
  #waitingLists = 0;
  /** Counts the masters that were lost: a list of one of them is not worked off any more. */
  #lostMasters = 0;

  constructor(setup: WorkerSetup, { pipes, ptyBinding, supervisor }: WorkerRuntime) {
    this.#supervision = new WorkerSupervision(supervisor, {
      directory: setup.baseDirectory,
      onFailure: (reason) => setup.log(unsupervised(reason)),
    });
    const settings = { ...setup, commands: registry, pipes, ptyBinding, supervisor: this.#supervision };
    this.settings = settings;
    this.#running = new RunningCommands(settings);
    this.#leftovers = new LeftoverDirectories({ settings, usedDirectories: () => this.#running.usedDirectories() });
  }

  /** How many commands run, also those that no builder remembers. */
  get runningCommands(): number {
    return this.#running.size;
  }

  /** What runs and what ran. */
  get history(): CommandHistory {
    return this.#running.history;
  }

  builderNames(): readonly string[] {
    return [...this.#builders.keys()];
  }

  print(message: string): void {
    this.settings.log(`message from master: ${clip(message)}`);
  }

  /** Takes over the master's complete list: same builders stay, new ones get their directory, others are disowned. */
  setBuilderList(entries: readonly BuilderEntry[]): Promise<readonly Builder[]> {
    if (this.#waitingLists === MOST_WAITING_LISTS) {
      return Promise.reject(baseErrors.sessionLimit("builder lists sent", MOST_WAITING_LISTS));
    }
    this.#waitingLists += 1;
    const master = this.#lostMasters;
    const list = this.#lastList
      .then(() => {
        if (master !== this.#lostMasters) throw sessionErrors.connectionLost("its master is gone");
        return this.#applyList(entries);
      })
      .finally(() => {
        this.#waitingLists -= 1;
      });
    this.#lastList = list.catch(() => {}); // it was told to whoever sent that list
    return list;
  }

  /**
   * Starts a command of a master that names directories, not builders; any number of them run at a time. Throws a
   * WorkerError of family `remote` when it cannot be.
   */
  startCommand({ id, command, args, peer, output, builder }: DirectStart): RunningCommand {
    const { commands, log, onBug, rules, ...context } = this.settings;
    const definition = commands.get(command);
    if (definition === undefined) throw workerErrors.unknownCommand(clip(id), clip(command));
    const workdir = args.get("workdir");
    const directory = joinPath(context.baseDirectory, typeof workdir === "string" ? workdir : "");
    const running = this.#running.start({
      id,
      definition,
      args,
      peer,
      onBug,
      builder,
      place: typeof workdir === "string" ? clip(directory) : undefined,
      context: {
        ...context,
        log,
        rules: { ...rules, output },
        builderDirectory: directory,
      },
    });
    log(` startCommand:${command} [id ${id}]`);
    return running;
  }

  /** The master is gone: what runs is killed silently. Resolves when all of it is over, or has had its time. */
  async connectionLost(): Promise<void> {
    this.#lostMasters += 1;
    if (this.#running.size > 0) this.settings.log("lost remote step");
    await this.#running.abandonAll();
  }

  /** For good. Kills what runs, before it returns; resolves when all of it is over, or has had its time. */
  async stop(): Promise<void> {
    await Promise.all([this.#running.abandonAll(), this.#leftovers.stop()]);
    this.#supervision.close();
  }

  /** Does nothing by halves: without all directories it leaves the builders as they were. */
  async #applyList(entries: readonly BuilderEntry[]): Promise<readonly Builder[]> {
    if (entries.length > MOST_BUILDERS) {
      throw baseErrors.badArguments("setBuilderList", `at most ${MOST_BUILDERS} builders`, `${entries.length}`);
    }
    const directoryNames = entries.map(({ directoryName }) => directoryName);
    await this.#leftovers.protect(directoryNames);
    for (const entry of entries) await this.#makeDirectory(entry);
    const wanted = new Map<string, Builder>();
    for (const entry of entries) {
      this.#logOutside(entry);
      const builder = this.#builders.get(entry.name) ?? new Builder(entry, this.settings, this.#running);
      builder.directoryName = entry.directoryName;
      wanted.set(entry.name, builder);
    }
    const gone = [...this.#builders.values()].filter((builder) => !wanted.has(builder.name));
    this.#builders = wanted;
    for (const builder of gone) builder.disown();
    this.#leftovers.sweep(directoryNames);
    return entries.map(({ name }) => wanted.get(name)!);
  }

  /** Once for each builder and directory. */
  #logOutside({ name, directoryName }: BuilderEntry): void {
    const { baseDirectory, log } = this.settings;
    const directory = joinPath(baseDirectory, directoryName);
    const isOutside = /^\.\.(?:\/|$)/.test(relative(baseDirectory, directory));
    if (!isOutside || this.#builders.get(name)?.directory === directory) return;
    log(`the master put builder '${clip(name)}' outside the base directory, in ${clip(resolve(directory))}`);
  }

  async #makeDirectory({ name, directoryName }: BuilderEntry): Promise<void> {
    try {
      await makeDirectories(joinPath(this.settings.baseDirectory, directoryName), this.settings.rules.fileEncoding);
    } catch (error) {
      const refusal = workerErrors.builderDirectory.from(error, clip(name), clip(errorText(error)));
      this.settings.log(refusal.message);
      throw refusal;
    }
  }
}
