// All that runs on a worker, also what no builder remembers: a command that was superseded, or whose builder is gone, is
// dying still and must not be forgotten, and neither must be what of a lost one could not be killed.
import { resolve } from "node:path";
import type { Clock, Timer } from "../base/clock.ts";
import { tuneForWork } from "../base/engine.ts";
import { namesOf } from "../process/process-list.ts";
import { type CommandStart, type RunningCommand, startCommand } from "./running-command.ts";

/** A process that cannot die is given up after nine seconds; nothing that ends commands waits longer than this. */
const ABANDON_LIMIT_MS = 10_000;

interface Settings {
  readonly clock: Clock;
  readonly log: (text: string) => void;
}

export class RunningCommands {
  readonly #settings: Settings;
  readonly #commands = new Set<RunningCommand>();
  /** Those that were abandoned, and had their time. */
  readonly #givenUp = new Set<RunningCommand>();
  /** Those that were abandoned and are over, but for processes that could not be killed. */
  readonly #survived = new Set<RunningCommand>();
  /** Those that were told to end, until they have or had their time. */
  readonly #abandoned = new Map<RunningCommand, Promise<void>>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** How many run that a master still waits for; what it lost or gave up may never end. */
  get size(): number {
    return [...this.#commands].filter((command) => !command.isAbandoned && !this.#givenUp.has(command)).length;
  }

  /** Throws what the command refuses. */
  start(request: CommandStart): RunningCommand {
    tuneForWork();
    const command = startCommand(request);
    this.#commands.add(command);
    void command.done.then(() => this.#forget(command));
    return command;
  }

  /** The builders' directories, absolute, in which something runs. */
  usedDirectories(): readonly string[] {
    return [...this.#commands, ...this.#survivedStill()].map(({ directory }) => directory);
  }

  /**
   * What of commands that the master has lost still runs in a builder's directory, where no build may meet it; undefined
   * when nothing does. Looks at the system anew.
   */
  lostIn(directory: string): string | undefined {
    const path = resolve(directory);
    const lost = [...this.#givenUp, ...this.#survivedStill()].filter((command) => resolve(command.directory) === path);
    return lost.length === 0 ? undefined : lost.map(shownRest).join(" and ");
  }

  /** Ends all of it at once and silently. Resolves when nothing is left, or has had its time. */
  async abandonAll(): Promise<void> {
    for (const command of this.#commands) {
      if (!this.#abandoned.has(command)) this.#abandoned.set(command, this.#abandon(command));
    }
    await Promise.all(this.#abandoned.values());
  }

  async #abandon(command: RunningCommand): Promise<void> {
    const { clock, log } = this.#settings;
    log(`stopCommand: halting current command ${command.id}`);
    command.abandon();
    let timer: Timer | undefined;
    const limit = new Promise<void>((end) => {
      timer = clock.after(ABANDON_LIMIT_MS, end);
    });
    await Promise.race([command.done, limit]);
    timer?.cancel();
    if (this.#commands.has(command)) this.#giveUp(command);
  }

  #giveUp(command: RunningCommand): void {
    this.#givenUp.add(command);
    command.keepLastOutput();
    this.#settings.log(`(command ${command.id}): did not end, going on without it`);
    this.#logRefusal(command);
  }

  #forget(command: RunningCommand): void {
    this.#commands.delete(command);
    this.#givenUp.delete(command);
    this.#abandoned.delete(command);
    this.#survivedStill(); // lets go of those that are gone by now
    if (!command.isAbandoned || command.survivors().length === 0) return;
    this.#survived.add(command);
    this.#logRefusal(command);
  }

  #logRefusal(command: RunningCommand): void {
    this.#settings.log(`no build may run in ${command.directory} until it is gone: ${shownRest(command)}`);
  }

  #survivedStill(): readonly RunningCommand[] {
    for (const command of this.#survived) if (command.survivors().length === 0) this.#survived.delete(command);
    return [...this.#survived];
  }
}

function shownRest(command: RunningCommand): string {
  const survivors = command.survivors();
  return survivors.length === 0 ? `command ${command.id}` : `${namesOf(survivors)} of command ${command.id}`;
}
