// One command that runs on a builder: what the master must be told exactly once, and who may still be told anything.
import type { CommandUpdate } from "../base/command-update.ts";
import type { CommandArguments } from "../commands/arguments.ts";
import type { CommandContext, CommandDefinition } from "../commands/command.ts";
import type { CommandFailure, CommandPeer, FileReader, FileWriter } from "../session/peer.ts";

export interface CommandStart {
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
  /** Whether it goes on when the master starts another on the same builder. */
  readonly runsBeside: boolean;
  interrupt(): void;
  /** Ends it at once and without another word to the master, which is gone or does not want to hear of it. */
  abandon(): void;
  /** Resolves when it is over; never rejects. */
  readonly done: Promise<void>;
}

/** Starts the command; throws what the definition refuses. Whatever happens, `peer.complete` is called at most once. */
export function startCommand(start: CommandStart): RunningCommand {
  const peer = new OncePeer(start.peer);
  const command = start.definition.start(start.args, { ...start.context, peer });
  return {
    id: start.id,
    runsBeside: start.definition.runsBeside === true,
    done: finish(command.done, peer, start),
    interrupt: () => command.interrupt(),
    abandon() {
      peer.mute();
      command.interrupt("at-once");
    },
  };
}

async function finish(done: Promise<void>, peer: OncePeer, { definition, onBug }: CommandStart): Promise<void> {
  try {
    await done;
  } catch (error) {
    onBug(error);
    peer.complete({ type: "builtins.RuntimeError", message: `internal error of the worker in ${definition.name}` });
  }
  peer.release();
}

/** Nothing after `complete`, and nothing at all once muted. */
class OncePeer implements CommandPeer {
  readonly #peer: CommandPeer;
  #state: "talking" | "muted" | "complete" = "talking";

  constructor(peer: CommandPeer) {
    this.#peer = peer;
  }

  mute(): void {
    if (this.#state === "talking") this.#state = "muted";
  }

  update(updates: readonly CommandUpdate[]): void {
    if (this.#state === "talking") this.#peer.update(updates);
  }

  complete(failure?: CommandFailure): void {
    if (this.#state !== "talking") return;
    this.#state = "complete";
    this.#peer.complete(failure);
  }

  release(): void {
    if (this.#state === "complete") return;
    this.#state = "complete";
    this.#peer.release();
  }

  fileWriter(): FileWriter {
    return this.#peer.fileWriter();
  }

  fileReader(): FileReader {
    return this.#peer.fileReader();
  }

  /** Concerns a muted command too: its children still wait to be read. */
  onCongestion(listener: (congested: boolean) => void): void {
    this.#peer.onCongestion(listener);
  }
}
