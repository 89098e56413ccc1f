// All that runs on a worker, also what no builder remembers: a command that was superseded, or whose builder is gone, is
// dying still and must not be forgotten, and neither must be what could not be killed.
import { resolve } from "node:path";
import { durationText } from "../base/duration.ts";
import { tuneForWork } from "../base/engine.ts";
import { within } from "../base/waiting.ts";
import { namesOf } from "../process/tree/index.ts";
import { CommandHistory } from "./command-history.ts";
import { workerErrors } from "./errors.ts";
import { type CommandStart, type RunningCommand, startCommand } from "./running-command.ts";
import type { WorkerSettings } from "./settings.ts";

/** A process that cannot die is given up after nine seconds; nothing that ends commands waits longer than this. */
const ABANDON_LIMIT_MS = 10_000;
/** For how long nothing is started beside what could not be ended: it may only be slow to go. */
const REFUSAL_MS = 30_000;

/** Of all builders together, with those of lost masters that have not ended. */
export const MOST_COMMANDS = 10_000;

type Settings = Pick<WorkerSettings, "clock" | "log">;

export class RunningCommands {
  readonly history: CommandHistory;
  readonly #settings: Settings;
  readonly #commands = new Set<RunningCommand>();
  /** Those that were given up, or are over but for processes that could not be killed, and since when. */
  readonly #remains = new Map<RunningCommand, number>();
  /** Those that were told to end, until they have or had their time. */
  readonly #abandoned = new Map<RunningCommand, Promise<void>>();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.history = new CommandHistory(settings.clock);
  }

  /** How many run that a master still waits for; what it lost or gave up may never end. */
  get size(): number {
    return [...this.#commands].filter((command) => !command.isAbandoned && !this.#remains.has(command)).length;
  }

  /** Throws what the command refuses, and ERR_DIRECTORY_IN_USE. */
  start(request: CommandStart): RunningCommand {
    if (this.#commands.size >= MOST_COMMANDS) throw workerErrors.tooManyCommands(MOST_COMMANDS);
    const warning = this.#warningFor(request);
    tuneForWork();
    const command = startCommand({ ...request, context: { ...request.context, warning } });
    this.#commands.add(command);
    this.history.begin(command, request);
    void command.done.then(() => this.#forget(command));
    return command;
  }

  /** The builders' directories, absolute, in which something runs. */
  usedDirectories(): readonly string[] {
    return [...this.#commands, ...this.#remaining()].map(({ directory }) => directory);
  }

  /** Ends all of it at once and silently. Resolves when nothing is left, or has had its time. */
  async abandonAll(): Promise<void> {
    for (const command of this.#commands) {
      if (!this.#abandoned.has(command)) this.#abandoned.set(command, this.#abandon(command));
    }
    await Promise.all(this.#abandoned.values());
  }

  /** Ends it without another word to its master. */
  abandon(command: RunningCommand): void {
    command.abandon();
    this.history.end(command);
  }

  async #abandon(command: RunningCommand): Promise<void> {
    const { clock, log } = this.#settings;
    log(`stopCommand: halting current command ${command.id}`);
    this.abandon(command);
    await within(clock, command.done, ABANDON_LIMIT_MS);
    if (this.#commands.has(command)) this.#giveUp(command);
  }

  #giveUp(command: RunningCommand): void {
    command.keepLastOutput();
    this.#settings.log(`(command ${command.id}): did not end, going on without it`);
    this.#noteRest(command);
  }

  #forget(command: RunningCommand): void {
    this.#commands.delete(command);
    this.history.end(command);
    this.#abandoned.delete(command);
    this.#remaining(); // lets go of those that are gone by now
    if (command.survivors().length > 0) this.#noteRest(command);
  }

  #noteRest(command: RunningCommand): void {
    const { clock, log } = this.#settings;
    this.#remains.set(command, this.#remains.get(command) ?? clock.nowMs());
    const limit = durationText(REFUSAL_MS);
    log(`no build may run in ${command.directory} until it is gone, for up to ${limit}: ${shownRest(command)}`);
  }

  /** Looks at the system anew. */
  #remaining(): readonly RunningCommand[] {
    for (const command of this.#remains.keys()) {
      if (!this.#commands.has(command) && command.survivors().length === 0) this.#remains.delete(command);
    }
    return [...this.#remains.keys()];
  }

  /** What a command has to expect in its directory. Throws ERR_DIRECTORY_IN_USE while that may still go. */
  #warningFor({ place, context }: CommandStart): string | undefined {
    if (place === undefined) return undefined;
    const path = resolve(context.builderDirectory);
    const rest = this.#remaining().filter((command) => resolve(command.directory) === path);
    if (rest.length === 0) return undefined;
    const shown = rest.map(shownRest).join(" and ");
    const freshMs = this.#settings.clock.nowMs() - REFUSAL_MS;
    if (rest.some((command) => (this.#remains.get(command) ?? freshMs) > freshMs)) {
      throw workerErrors.directoryInUse(place, shown, durationText(REFUSAL_MS));
    }
    return `${shown} could not be ended, and may still be at work in this directory`;
  }
}

function shownRest(command: RunningCommand): string {
  const survivors = command.survivors();
  return survivors.length === 0 ? `command ${command.id}` : `${namesOf(survivors)} of command ${command.id}`;
}
