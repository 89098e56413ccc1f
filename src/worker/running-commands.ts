// All that runs on a worker, also what no builder remembers: a command that was superseded, or whose builder is gone, is
// dying still and must not be forgotten.
import type { Clock, Timer } from "../base/clock.ts";
import { type CommandStart, type RunningCommand, startCommand } from "./running-command.ts";

/** A process that cannot die is given up after five seconds; nothing that ends commands waits longer than this. */
const ABANDON_LIMIT_MS = 10_000;

interface Settings {
  readonly clock: Clock;
  readonly log: (text: string) => void;
}

export class RunningCommands {
  readonly #settings: Settings;
  readonly #commands = new Set<RunningCommand>();
  readonly #abandoned = new WeakSet<RunningCommand>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#commands.size;
  }

  /** Throws what the command refuses. */
  start(request: CommandStart): RunningCommand {
    const command = startCommand(request);
    this.#commands.add(command);
    void command.done.then(() => this.#commands.delete(command));
    return command;
  }

  /** Ends all of it at once and silently. Resolves when nothing is left, or has had its time. */
  async abandonAll(): Promise<void> {
    for (const command of this.#commands) {
      if (this.#abandoned.has(command)) continue;
      this.#abandoned.add(command);
      this.#settings.log(`stopCommand: halting current command ${command.id}`);
      command.abandon();
    }
    if (this.#commands.size === 0) return;
    let timer: Timer | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = this.#settings.clock.after(ABANDON_LIMIT_MS, resolve);
    });
    await Promise.race([Promise.all([...this.#commands].map((command) => command.done)), limit]);
    timer?.cancel();
    for (const { id } of this.#commands) this.#settings.log(`(command ${id}): did not end, going on without it`);
  }
}
