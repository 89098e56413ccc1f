// A builder of the master on this worker: its directory and the one command that may run in it, besides commands that masters
// expect to end at once.
import { clip } from "../base/clip.ts";
import { type CommandArguments, type CommandPeer, joinPath } from "../commands/index.ts";
import { sessionErrors } from "../session/errors.ts";
import { workerErrors } from "./errors.ts";
import type { RunningCommand } from "./running-command.ts";
import type { RunningCommands } from "./running-commands.ts";
import type { WorkerSettings } from "./settings.ts";

export interface BuilderEntry {
  readonly name: string;
  /** Relative to the base directory; may have several components. */
  readonly directoryName: string;
}

export interface StartRequest {
  readonly id: string;
  readonly command: string;
  readonly args: CommandArguments;
  readonly peer: CommandPeer;
}

export class Builder {
  readonly name: string;
  directoryName: string;
  readonly #settings: WorkerSettings;
  readonly #commands: RunningCommands;
  /** The last command that was started and those that may run beside it, until they end. */
  readonly #current = new Set<RunningCommand>();
  #isRemoved = false;

  constructor({ name, directoryName }: BuilderEntry, settings: WorkerSettings, commands: RunningCommands) {
    this.name = name;
    this.directoryName = directoryName;
    this.#settings = settings;
    this.#commands = commands;
  }

  /** Absolute. */
  get directory(): string {
    return joinPath(this.#settings.baseDirectory, this.directoryName);
  }

  /**
   * Starts a command; throws a WorkerError of family `remote` if it cannot. A command that is still running here, unless it
   * may run beside others, is interrupted: the master has forgotten it.
   */
  start({ id, command, args, peer }: StartRequest): void {
    const { commands, log, onBug, ...context } = this.#settings;
    const definition = commands.get(command);
    if (definition === undefined) throw workerErrors.unknownCommand(id, command);
    if (this.#isRemoved) throw sessionErrors.builderGone(this.name);
    const previous = [...this.#current].filter(({ runsBeside }) => !runsBeside);
    const current = this.#commands.start({
      id,
      definition,
      args,
      peer,
      onBug,
      builder: this.name,
      place: clip(this.name),
      context: { ...context, log, builderDirectory: this.directory },
    });
    log(`(command ${id}): startCommand:${command}`);
    for (const leftover of previous) {
      log(`leftover command ${leftover.id} on builder '${this.name}', dropping it`);
      this.#current.delete(leftover);
      leftover.interrupt();
    }
    this.#current.add(current);
    void current.done.then(() => this.#current.delete(current));
  }

  /** Interrupts all commands of the builder regardless of the id: masters may name a command that they have replaced. */
  interrupt(id: string, why: string): void {
    this.#settings.log(`(command ${id}): asked to interrupt: reason ${clip(why)}`);
    if (this.#current.size === 0) this.#settings.log(" .. but none was running");
    for (const command of this.#current) command.interrupt();
  }

  /** The master has removed this builder: its commands are killed without a report. */
  remove(): void {
    this.#isRemoved = true;
    for (const command of this.#current) this.#commands.abandon(command);
  }
}
