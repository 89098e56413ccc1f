// What runs on a worker, and how the last commands ended: names, times and exit codes. Of a command line it keeps only the name
// of the program, since the other words may be secret.
import { clippedLine } from "../base/clip.ts";
import type { Clock } from "../base/clock.ts";
import type { CommandArguments } from "../commands/index.ts";
import type { CommandOutcome, CommandStart, RunningCommand } from "./running-command.ts";

/** How many of the commands that have ended are remembered. */
const LAST_COMMANDS = 10;

export interface CommandReport {
  readonly id: string;
  /** Such as `shell`. */
  readonly command: string;
  /** The name of the program; null where that is not a plain word. */
  readonly program: string | null;
  readonly builder: string | null;
  /** When it began: ISO 8601 in UTC. */
  readonly since: string;
  /** Until now, or until its end. */
  readonly seconds: number;
}

export type RunningReport = CommandReport & {
  /** What it waits for before it starts; null once it has. */
  readonly waiting_for: string | null;
};

export type FinishedReport = CommandReport & CommandOutcome;

type Begun = Omit<CommandReport, "seconds"> & { readonly beganMs: number };

export class CommandHistory {
  readonly #clock: Clock;
  readonly #running = new Map<RunningCommand, Begun>();
  #last: readonly FinishedReport[] = [];
  readonly #finished = { success: 0, failure: 0, error: 0, lost: 0 };
  #idleSinceMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#idleSinceMs = clock.nowMs();
  }

  begin(command: RunningCommand, { id, definition: { name }, args, builder }: CommandStart): void {
    this.#running.set(command, {
      id: clippedLine(id),
      command: name,
      program: programOf(args),
      builder: builder === undefined ? null : clippedLine(builder),
      since: this.#clock.date().toISOString(),
      beganMs: this.#clock.nowMs(),
    });
  }

  /** The command has ended, or its master is lost. Harmless when repeated. */
  end(command: RunningCommand): void {
    const begun = this.#running.get(command);
    if (begun === undefined) return;
    this.#running.delete(command);
    this.#idleSinceMs = this.#clock.nowMs();
    const outcome = command.outcome();
    this.#finished[outcome.result] += 1;
    this.#last = [{ ...this.#reportOf(begun), ...outcome }, ...this.#last].slice(0, LAST_COMMANDS);
  }

  /** The oldest first. */
  running(): readonly RunningReport[] {
    return [...this.#running].map(([command, begun]) => ({
      ...this.#reportOf(begun),
      waiting_for: command.waitingFor() ?? null,
    }));
  }

  /** The last that have ended, the newest first. */
  last(): readonly FinishedReport[] {
    return this.#last;
  }

  /** How many have ended in each way. */
  get finished(): Readonly<Record<CommandOutcome["result"], number>> {
    return this.#finished;
  }

  /** How long no command has run for a master; 0 while one does. */
  get idleMs(): number {
    return this.#running.size > 0 ? 0 : this.#clock.nowMs() - this.#idleSinceMs;
  }

  #reportOf({ beganMs, ...begun }: Begun): CommandReport {
    return { ...begun, seconds: Math.round((this.#clock.nowMs() - beganMs) / 100) / 10 };
  }
}

/** The first word without its directory, if it is a plain one. A word that the master hides is no text. */
function programOf(args: CommandArguments): string | null {
  const command = args.get("command");
  const word =
    typeof command === "string" ? command.split(/\s/, 1)[0] : Array.isArray(command) ? command[0] : undefined;
  return typeof word === "string" ? (/^(?:[\w.+-]*\/)*([\w.+-]{1,64})$/.exec(word)?.[1] ?? null) : null;
}
