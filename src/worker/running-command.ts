// One command that runs on a builder: what the master must be told exactly once, and who may still be told anything.
import type { CommandUpdate } from "../base/command-update.ts";
import type { CommandArguments } from "../commands/arguments.ts";
import type { CommandContext, CommandDefinition } from "../commands/command.ts";
import type { CommandFailure, CommandPeer, FileReader, FileWriter } from "../session/peer.ts";

export interface RunningCommandOptions {
  readonly id: string;
  readonly definition: CommandDefinition;
  readonly args: CommandArguments;
  readonly peer: CommandPeer;
  readonly context: Omit<CommandContext, "peer">;
  /** The command threw what it should have reported: a bug of ours. */
  readonly onBug: (error: unknown) => void;
}

export interface RunningCommand {
  readonly id: string;
  interrupt(): void;
  /** Ends it without another word to the master, which is gone or does not want to hear of it. */
  abandon(): void;
  /** Resolves when it is over; never rejects. */
  readonly done: Promise<void>;
}

/** Starts the command; throws what the definition refuses. Whatever happens, `peer.complete` is called at most once. */
export function startCommand(options: RunningCommandOptions): RunningCommand {
  const peer = new OncePeer(options.peer);
  const command = options.definition.start(options.args, { ...options.context, peer });
  const done = command.done.catch((error: unknown) => {
    options.onBug(error);
    peer.complete({
      type: "builtins.RuntimeError",
      message: `internal error of the worker in ${options.definition.name}`,
    });
  });
  return {
    id: options.id,
    done,
    interrupt: () => command.interrupt(),
    abandon() {
      peer.mute();
      command.interrupt();
    },
  };
}

/** Nothing after `complete`, and nothing at all once muted. */
class OncePeer implements CommandPeer {
  #peer: CommandPeer | undefined;
  /** Congestion concerns a muted command too: its children still wait to be read. */
  readonly #target: CommandPeer;

  constructor(peer: CommandPeer) {
    this.#peer = peer;
    this.#target = peer;
  }

  mute(): void {
    this.#peer = undefined;
  }

  update(updates: readonly CommandUpdate[]): void {
    this.#peer?.update(updates);
  }

  complete(failure?: CommandFailure): void {
    const peer = this.#peer;
    this.#peer = undefined;
    peer?.complete(failure);
  }

  fileWriter(): FileWriter {
    return this.#target.fileWriter();
  }

  fileReader(): FileReader {
    return this.#target.fileReader();
  }

  onCongestion(listener: (congested: boolean) => void): void {
    this.#target.onCongestion(listener);
  }
}
