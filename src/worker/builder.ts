// One builder of the master on this worker: its directory and the one command that may run in it.
import { join } from "node:path";
import { errors } from "../base/errors.ts";
import type { CommandArguments } from "../commands/arguments.ts";
import type { CommandPeer } from "../session/peer.ts";
import { type RunningCommand, startCommand } from "./running-command.ts";
import type { WorkerSettings } from "./settings.ts";

export interface StartRequest {
  readonly id: string;
  readonly command: string;
  readonly args: CommandArguments;
  readonly peer: CommandPeer;
}

export class Builder {
  readonly name: string;
  readonly #settings: WorkerSettings;
  #directoryName: string;
  #running: RunningCommand | undefined;
  #disowned = false;

  constructor(name: string, directoryName: string, settings: WorkerSettings) {
    this.name = name;
    this.#directoryName = directoryName;
    this.#settings = settings;
  }

  /** Absolute. */
  get directory(): string {
    return join(this.#settings.baseDirectory, this.#directoryName);
  }

  set directoryName(name: string) {
    this.#directoryName = name;
  }

  /**
   * Starts a command; throws a WorkerError of family `remote` when it cannot be. A command that still runs here is
   * interrupted first: the master has forgotten it.
   */
  start({ id, command, args, peer }: StartRequest): void {
    const { commands, log, onBug, ...context } = this.#settings;
    const definition = commands.get(command);
    if (definition === undefined) throw errors.unknownCommand(id, command);
    if (this.#disowned) throw errors.builderGone(this.name);
    const previous = this.#running;
    const running = startCommand({
      id,
      definition,
      args,
      peer,
      onBug,
      context: { ...context, log, builderDirectory: this.directory },
    });
    log(`(command ${id}): startCommand:${command}`);
    if (previous !== undefined) {
      log(`leftover command ${previous.id} on builder '${this.name}', dropping it`);
      previous.interrupt();
    }
    this.#running = running;
    void running.done.then(() => {
      if (this.#running === running) this.#running = undefined;
    });
  }

  /** Interrupts what runs here, whatever its id: masters may name a command that they have replaced. */
  interrupt(id: string, why: string): void {
    this.#settings.log(`(command ${id}): asked to interrupt: reason ${why}`);
    if (this.#running === undefined) this.#settings.log(" .. but none was running");
    this.#running?.interrupt();
  }

  /** The master does not want this builder any more: what runs ends without another word. */
  disown(): void {
    this.#disowned = true;
    void this.abandon();
  }

  /** Ends what runs here silently; resolves when it is over. */
  async abandon(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#settings.log(`stopCommand: halting current command ${running.id} of builder '${this.name}'`);
    running.abandon();
    await running.done;
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }
}
