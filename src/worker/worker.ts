// The worker, independent of the protocol: the master's builders and their running commands.
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

/** Limit of builders. Real masters have hundreds. */
const MOST_BUILDERS = 10_000;
/** Limit of builder lists that wait for an earlier one. A real master waits for each answer. */
const MOST_WAITING_LISTS = 100;

export interface DirectStart extends StartRequest {
  /** The master's settings for lines and batches. */
  readonly output: OutputRules;
  /** Name of the builder, if the command is part of a build. */
  readonly builder: string | undefined;
}

export class Worker {
  readonly settings: WorkerSettings;
  readonly #supervision: WorkerSupervision | undefined;
  readonly #running: RunningCommands;
  readonly #leftovers: LeftoverDirectories;
  #builders: ReadonlyMap<string, Builder> = new Map();
  /** Lists are applied one after the other, since each names all builders. */
  #lastList: Promise<unknown> = Promise.resolve();
  #waitingLists = 0;
  /** Number of lost connections: lists of a lost connection are not applied. */
  #lostConnections = 0;

  constructor(setup: WorkerSetup, { pipes, ptyBinding, supervisor }: WorkerRuntime) {
    this.#supervision =
      supervisor &&
      new WorkerSupervision(supervisor, {
        directory: setup.baseDirectory,
        onFailure: (reason) => setup.log(unsupervised(reason)),
      });
    const settings = { ...setup, commands: registry, pipes, ptyBinding, supervisor: this.#supervision };
    this.settings = settings;
    this.#running = new RunningCommands(settings);
    this.#leftovers = new LeftoverDirectories({ settings, usedDirectories: () => this.#running.usedDirectories() });
  }

  /** Number of running commands, including those that no builder refers to. */
  get runningCommands(): number {
    return this.#running.size;
  }

  get history(): CommandHistory {
    return this.#running.history;
  }

  builderNames(): readonly string[] {
    return [...this.#builders.keys()];
  }

  print(message: string): void {
    this.settings.log(`message from master: ${clip(message)}`);
  }

  /** Applies the master's complete list: existing builders stay, new ones get their directory, others are removed. */
  setBuilderList(entries: readonly BuilderEntry[]): Promise<readonly Builder[]> {
    if (this.#waitingLists === MOST_WAITING_LISTS) {
      return Promise.reject(baseErrors.sessionLimit("builder lists sent", MOST_WAITING_LISTS));
    }
    this.#waitingLists += 1;
    const connection = this.#lostConnections;
    const list = this.#lastList
      .then(() => {
        if (connection !== this.#lostConnections) throw sessionErrors.connectionLost("its master is gone");
        return this.#applyList(entries);
      })
      .finally(() => {
        this.#waitingLists -= 1;
      });
    this.#lastList = list.catch(() => {}); // the caller of that list handles it
    return list;
  }

  /**
   * Starts a command of a master that uses directories instead of builders; any number may run at a time. Throws a
   * WorkerError of family `remote` if it cannot.
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

  /** The master is gone: kills all commands without a report. Resolves when they have ended, or after a limit. */
  async connectionLost(): Promise<void> {
    this.#lostConnections += 1;
    if (this.#running.size > 0) this.settings.log("lost remote step");
    await this.#running.abandonAll();
  }

  /** Ends the worker. Kills all commands before it returns; resolves when they have ended, or after a limit. */
  async stop(): Promise<void> {
    await Promise.all([this.#running.abandonAll(), this.#leftovers.stop()]);
    this.#supervision?.close();
  }

  /** If a directory cannot be created, the builders stay as they were. */
  async #applyList(entries: readonly BuilderEntry[]): Promise<readonly Builder[]> {
    if (entries.length > MOST_BUILDERS) {
      throw baseErrors.badArguments("setBuilderList", `at most ${MOST_BUILDERS} builders`, `${entries.length}`);
    }
    const directoryNames = entries.map(({ directoryName }) => directoryName);
    await this.#leftovers.protect(directoryNames);
    for (const entry of entries) await this.#makeDirectory(entry);
    const listed = new Map<string, Builder>();
    for (const entry of entries) {
      this.#logOutside(entry);
      const builder = this.#builders.get(entry.name) ?? new Builder(entry, this.settings, this.#running);
      builder.directoryName = entry.directoryName;
      listed.set(entry.name, builder);
    }
    const gone = [...this.#builders.values()].filter((builder) => !listed.has(builder.name));
    this.#builders = listed;
    for (const builder of gone) builder.remove();
    this.#leftovers.sweep(directoryNames);
    return entries.map(({ name }) => listed.get(name)!);
  }

  /** Logs once per builder and directory. */
  #logOutside({ name, directoryName }: BuilderEntry): void {
    const { baseDirectory, log } = this.settings;
    const directory = joinPath(baseDirectory, directoryName);
    const isOutside = /^\.\.(?:\/|$)/.test(relative(baseDirectory, directory));
    if (!isOutside || this.#builders.get(name)?.directory === directory) return;
    log(`the master places builder '${clip(name)}' outside the base directory, in ${clip(resolve(directory))}`);
  }

  async #makeDirectory({ name, directoryName }: BuilderEntry): Promise<void> {
    try {
      await makeDirectories(joinPath(this.settings.baseDirectory, directoryName), this.settings.rules);
    } catch (error) {
      const failure = workerErrors.builderDirectory.from(error, clip(name), clip(errorText(error)));
      this.settings.log(failure.message);
      throw failure;
    }
  }
}
