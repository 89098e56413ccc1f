// A running command: ensures that its end is reported exactly once, and that nothing is reported to a lost master.
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
  Receipt,
} from "../commands/index.ts";
import { isStillThere, type ListedProcess } from "../process/tree/index.ts";
import type { WorkerSettings } from "./settings.ts";
import { UnacknowledgedOutput } from "./unacknowledged-output.ts";

export interface CommandStart {
  readonly id: string;
  readonly definition: CommandDefinition;
  readonly args: CommandArguments;
  readonly peer: CommandPeer;
  readonly context: Omit<CommandContext, "peer" | "onSurvivors"> & Pick<WorkerSettings, "keepLastOutput" | "admission">;
  /** Name of the builder, for status pages. */
  readonly builder?: string | undefined;
  /** The master's name of the directory that the command needs for itself; undefined: none. */
  readonly place?: string | undefined;
  /** The command threw an error instead of reporting it, which is a bug. */
  readonly onBug: (error: unknown) => void;
}

/** What was reported to the master: an exit code, an error, or nothing because the master was lost. */
export type CommandOutcome = {
  readonly result: "success" | "failure" | "error" | "lost";
  readonly exit_code: number | null;
  readonly error: string | null;
  /** With receipts. */
  readonly receipt?: Receipt;
};

export interface RunningCommand {
  readonly id: string;
  /** Directory of its builder, absolute. */
  readonly directory: string;
  /** Whether it continues when the master starts another command on the same builder. */
  readonly runsBeside: boolean;
  readonly isAbandoned: boolean;
  /** What it waits for before it starts. */
  waitingFor(): string | undefined;
  interrupt(): void;
  /**
   * Ends it at once, without a report to the master, which is gone or has removed the builder. The end of its
   * unacknowledged output is kept when it has ended.
   */
  abandon(): void;
  /** Its result, after it has ended. */
  outcome(): CommandOutcome;
  /** Keeps its unacknowledged output now, for a command that does not end. */
  keepLastOutput(): void;
  /** Its processes that could not be killed and are still running; checks the system. */
  survivors(): readonly ListedProcess[];
  /** Resolves when it has ended; never rejects. */
  readonly done: Promise<void>;
}

/** Starts the command; throws the definition's errors. `peer.complete` is called at most once. */
export function startCommand(start: CommandStart): RunningCommand {
  const { id, definition, context } = start;
  const peer = new CommandPeerGuard(start.peer);
  const survivors: ListedProcess[] = [];
  const onSurvivors = (processes: readonly ListedProcess[]) => void survivors.push(...processes);
  let receipt: Receipt | undefined;
  const onReceipt = (last: Receipt) => {
    receipt = last;
  };
  const guarded = { ...context, peer, onSurvivors, onReceipt };
  const waiting = context.admission?.start(definition, start.args, guarded);
  const command = waiting ?? definition.start(start.args, guarded);
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
    waitingFor: () => waiting?.waitingFor(),
    interrupt: () => command.interrupt(),
    abandon() {
      peer.mute();
      command.interrupt("at-once");
    },
    outcome: () => ({ ...peer.outcome(), ...(receipt === undefined ? {} : { receipt }) }),
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

/** Passes nothing on after `complete`, and nothing at all once muted. */
class CommandPeerGuard implements CommandPeer {
  readonly lastOutput = new UnacknowledgedOutput();
  readonly #peer: CommandPeer;
  #isMuted = false;
  #hasEnded = false;
  #exitCode: number | null = null;
  #error: string | null = null;

  constructor(peer: CommandPeer) {
    this.#peer = peer;
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  outcome(): CommandOutcome {
    const reported = { exit_code: this.#exitCode, error: this.#error };
    if (this.#isMuted) return { ...reported, result: "lost" };
    if (this.#error !== null) return { ...reported, result: "error" };
    return { ...reported, result: (this.#exitCode ?? 0) === 0 ? "success" : "failure" };
  }

  mute(): void {
    if (!this.#hasEnded) this.#isMuted = true;
  }

  async update(updates: readonly CommandUpdate[]): Promise<boolean> {
    if (this.#hasEnded) return false;
    for (const update of updates) if (update.key === "rc") this.#exitCode = update.rc;
    const position = this.lastOutput.add(updates);
    if (this.#isMuted) return false;
    const isAnswered = await this.#peer.update(updates);
    if (isAnswered) this.lastOutput.acknowledge(position);
    return isAnswered;
  }

  complete(failure?: CommandFailure): void {
    if (this.#hasEnded || this.#isMuted) return;
    this.#hasEnded = true;
    if (failure !== undefined) this.#error = clippedLine(failure.message);
    this.#peer.complete(failure);
  }

  release(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#peer.release();
  }

  fileWriter(): FileWriter {
    return this.#peer.fileWriter();
  }

  fileReader(): FileReader {
    return this.#peer.fileReader();
  }

  /** Also for a muted command: the output of its children must still be read. */
  onCongestion(listener: (congested: boolean) => void): void {
    this.#peer.onCongestion(listener);
  }
}
