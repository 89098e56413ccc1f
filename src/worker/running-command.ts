// One command that runs on a builder: what the master must be told exactly once, and who may still be told anything.
import { clippedLine } from "../base/clip.ts";
import type { CommandUpdate } from "../base/command-update.ts";
import type {
  CommandArguments,
  CommandContext,
  CommandDefinition,
  CommandFailure,
  CommandPeer,
  FileReader,
  FileWriter,
} from "../commands/index.ts";
import { isStillThere, type ListedProcess } from "../process/tree/index.ts";
import type { WorkerSettings } from "./settings.ts";
import { UnacknowledgedOutput } from "./unacknowledged-output.ts";

export interface CommandStart {
  readonly id: string;
  readonly definition: CommandDefinition;
  readonly args: CommandArguments;
  readonly peer: CommandPeer;
  readonly context: Omit<CommandContext, "peer" | "onSurvivors"> & Pick<WorkerSettings, "keepLastOutput">;
  /** Name of the builder, for whoever asks what runs. */
  readonly builder?: string | undefined;
  /** What the master calls the directory in which nothing else may run; undefined: it has named none. */
  readonly place?: string | undefined;
  /** The command threw what it should have reported: a bug of ours. */
  readonly onBug: (error: unknown) => void;
}

/** What the master was told: an exit code, a failure, or, since the master was lost, nothing. */
export type CommandOutcome = {
  readonly result: "success" | "failure" | "error" | "lost";
  readonly exit_code: number | null;
  readonly error: string | null;
};

export interface RunningCommand {
  readonly id: string;
  /** Absolute: that of its builder. */
  readonly directory: string;
  /** Whether it goes on when the master starts another on the same builder. */
  readonly runsBeside: boolean;
  readonly isAbandoned: boolean;
  interrupt(): void;
  /**
   * Ends it at once and without another word to the master, which is gone or does not want to hear of it. The end of its
   * output that the master may not have is kept when it is over.
   */
  abandon(): void;
  /** How it ended, when it is over. */
  outcome(): CommandOutcome;
  /** Keeps that output now, for a command that does not end. */
  keepLastOutput(): void;
  /** What of it could not be killed and runs to this moment; looks at the system. */
  survivors(): readonly ListedProcess[];
  /** Resolves when it is over; never rejects. */
  readonly done: Promise<void>;
}

/** Starts the command; throws what the definition refuses. Whatever happens, `peer.complete` is called at most once. */
export function startCommand(start: CommandStart): RunningCommand {
  const { id, definition, context } = start;
  const peer = new CommandPeerGuard(start.peer);
  const survivors: ListedProcess[] = [];
  const onSurvivors = (processes: readonly ListedProcess[]) => void survivors.push(...processes);
  const command = definition.start(start.args, { ...context, peer, onSurvivors });
  let isKept = false;
  const keepLastOutput = () => {
    const text = isKept ? "" : peer.lastOutput.text();
    isKept = true;
    if (text !== "") context.keepLastOutput(id, text);
  };
  return {
    id,
    directory: context.builderDirectory,
    runsBeside: definition.runsBeside === true,
    get isAbandoned() {
      return peer.isMuted;
    },
    done: finish(command.done, peer, start).then(() => {
      if (peer.isMuted) keepLastOutput();
    }),
    interrupt: () => command.interrupt(),
    abandon() {
      peer.mute();
      command.interrupt("at-once");
    },
    outcome: () => peer.outcome(),
    keepLastOutput,
    survivors: () => survivors.filter(isStillThere),
  };
}

async function finish(done: Promise<void>, peer: CommandPeerGuard, { definition, onBug }: CommandStart): Promise<void> {
  try {
    await done;
  } catch (error) {
    onBug(error);
    peer.complete({ type: "builtins.RuntimeError", message: `internal error of the worker in ${definition.name}` });
  }
  peer.release();
}

/** Nothing after `complete`, and nothing at all once muted. */
class CommandPeerGuard implements CommandPeer {
  readonly lastOutput = new UnacknowledgedOutput();
  readonly #peer: CommandPeer;
  #isMuted = false;
  #isOver = false;
  #exitCode: number | null = null;
  #error: string | null = null;

  constructor(peer: CommandPeer) {
    this.#peer = peer;
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  outcome(): CommandOutcome {
    const told = { exit_code: this.#exitCode, error: this.#error };
    if (this.#isMuted) return { ...told, result: "lost" };
    if (this.#error !== null) return { ...told, result: "error" };
    return { ...told, result: (this.#exitCode ?? 0) === 0 ? "success" : "failure" };
  }

  mute(): void {
    if (!this.#isOver) this.#isMuted = true;
  }

  async update(updates: readonly CommandUpdate[]): Promise<boolean> {
    if (this.#isOver) return false;
    for (const update of updates) if (update.key === "rc") this.#exitCode = update.rc;
    const place = this.lastOutput.add(updates);
    if (this.#isMuted) return false;
    const isAnswered = await this.#peer.update(updates);
    if (isAnswered) this.lastOutput.heard(place);
    return isAnswered;
  }

  complete(failure?: CommandFailure): void {
    if (this.#isOver || this.#isMuted) return;
    this.#isOver = true;
    if (failure !== undefined) this.#error = clippedLine(failure.message);
    this.#peer.complete(failure);
  }

  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
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
