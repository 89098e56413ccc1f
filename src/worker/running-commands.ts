// All running commands of a worker, also those that no builder refers to: commands that were superseded or whose builder was
// removed may still be ending, and some processes cannot be killed.
import { resolve } from "node:path";
import { durationText } from "../base/duration.ts";
import { countCommand } from "../base/engine.ts";
import { within } from "../base/waiting.ts";
import { namesOf } from "../process/tree/index.ts";
import { CommandHistory } from "./command-history.ts";
import { workerErrors } from "./errors.ts";
import { type CommandStart, type RunningCommand, startCommand } from "./running-command.ts";
import type { WorkerSettings } from "./settings.ts";

/** Limit for ending commands; the kill of a process gives up after nine seconds. */
const ABANDON_LIMIT_MS = 10_000;
/** How long no command is started beside processes that could not be killed, which may only be slow to end. */
const REFUSAL_MS = 30_000;

/** Of all builders together, including those of lost masters that have not ended. */
export const MOST_COMMANDS = 10_000;

type Settings = Pick<WorkerSettings, "clock" | "log">;

export class RunningCommands {
  readonly history: CommandHistory;
  readonly #settings: Settings;
  readonly #commands = new Set<RunningCommand>();
  /** Commands that did not end, or left processes that could not be killed, and since when. */
  readonly #unkilled = new Map<RunningCommand, number>();
  /** Commands that are being ended, until they have ended or the limit has expired. */
  readonly #abandoned = new Map<RunningCommand, Promise<void>>();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.history = new CommandHistory(settings.clock);
  }

  /** Number of running commands that a master waits for; others may never end. */
  get size(): number {
    return [...this.#commands].filter((command) => !command.isAbandoned && !this.#unkilled.has(command)).length;
  }

  /** Throws the command's errors, and ERR_DIRECTORY_IN_USE. */
  start(request: CommandStart): RunningCommand {
    if (this.#commands.size >= MOST_COMMANDS) throw workerErrors.tooManyCommands(MOST_COMMANDS);
    const warning = this.#warningFor(request);
    const command = startCommand({ ...request, context: { ...request.context, warning } });
    this.#commands.add(command);
    this.history.begin(command, request);
    void command.done.then(() => this.#forget(command)).then(() => countCommand(this.#commands.size));
    return command;
  }

  /** Absolute paths of the builders' directories in which something is running. */
  usedDirectories(): readonly string[] {
    return [...this.#commands, ...this.#remaining()].map(({ directory }) => directory);
  }

  /** Kills all commands without a report. Resolves when they have ended, or the limit has expired. */
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
    this.#settings.log(`(command ${command.id}): did not end, continuing without it`);
    this.#recordUnkilled(command);
  }

  #forget(command: RunningCommand): void {
    this.#commands.delete(command);
    this.history.end(command);
    this.#abandoned.delete(command);
    this.#remaining(); // removes those that have ended by now
    if (command.survivors().length > 0) this.#recordUnkilled(command);
  }

  #recordUnkilled(command: RunningCommand): void {
    const { clock, log } = this.#settings;
    this.#unkilled.set(command, this.#unkilled.get(command) ?? clock.nowMs());
    const limit = durationText(REFUSAL_MS);
    log(`not starting commands in ${command.directory} for up to ${limit}, until this has ended: ${textOf(command)}`);
  }

  /** Checks the system again. */
  #remaining(): readonly RunningCommand[] {
    for (const command of this.#unkilled.keys()) {
      if (!this.#commands.has(command) && command.survivors().length === 0) this.#unkilled.delete(command);
    }
    return [...this.#unkilled.keys()];
  }

  /** A warning about processes in the command's directory. Throws ERR_DIRECTORY_IN_USE while these may still end. */
  #warningFor({ place, context }: CommandStart): string | undefined {
    if (place === undefined) return undefined;
    const path = resolve(context.builderDirectory);
    const rest = this.#remaining().filter((command) => resolve(command.directory) === path);
    if (rest.length === 0) return undefined;
    const shown = rest.map(textOf).join(" and ");
    const freshMs = this.#settings.clock.nowMs() - REFUSAL_MS;
    if (rest.some((command) => (this.#unkilled.get(command) ?? freshMs) > freshMs)) {
      throw workerErrors.directoryInUse(place, shown, durationText(REFUSAL_MS));
    }
    return `${shown} could not be killed, and may still use this directory`;
  }
}

function textOf(command: RunningCommand): string {
  const survivors = command.survivors();
  return survivors.length === 0 ? `command ${command.id}` : `${namesOf(survivors)} of command ${command.id}`;
}
