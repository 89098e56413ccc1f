// What every remote command is made of, and what it is given. A command sees the master's end of itself and children,
// never a protocol.
import type { Clock } from "../base/clock.ts";
import type { SystemText } from "../base/encoding/system-text.ts";
import type { TextEncoding } from "../base/encoding/text-encoding.ts";
import type { OutputRules } from "../output/index.ts";
import type { WorkerSupervision } from "../process/crash-safety/index.ts";
import type { HeldPtyBinding } from "../process/pty/index.ts";
import type { PipePool } from "../process/spawn/index.ts";
import type { ListedProcess } from "../process/tree/index.ts";
import type { CommandArguments } from "./arguments.ts";
import type { CommandPeer } from "./peer.ts";

/** How the worker was set up to treat what commands run and print. */
export interface CommandRules {
  /** What becomes of processes that a program leaves running when it ends by itself. */
  readonly leftovers: "keep" | "kill";
  /** How long a program that has ended waits for others to close its output; 0: until they do. */
  readonly lingerLimitMs: number;
  /** Longest line that is sent whole. */
  readonly lineLimitBytes: number;
  /** Of all commands of a connection together: what may be on its way unacknowledged before they are paused. */
  readonly backlogLimitBytes: number;
  /** How the master wants lines and batches made; undefined: it has no say in it. */
  readonly output?: OutputRules;
  /** Of the words and the input that programs are given, and of what they print. */
  readonly encoding: TextEncoding;
  /** Of what the system has names for: files, directories, variables. */
  readonly fileEncoding: TextEncoding;
}

export interface CommandContext {
  readonly rules: CommandRules;
  /** Absolute; where the worker's own programs run that do its work on directories. */
  readonly baseDirectory: string;
  /** Absolute; relative paths of the master are relative to it. */
  readonly builderDirectory: string;
  readonly peer: CommandPeer;
  /** A warning for readers of its log, one line; the first header. */
  readonly warning?: string | undefined;
  /** The worker's own environment. */
  readonly environment: Readonly<Record<SystemText, SystemText | undefined>>;
  readonly pipes: PipePool;
  readonly ptyBinding: HeldPtyBinding;
  /** Kills what runs when the worker dies. */
  readonly supervisor: WorkerSupervision;
  readonly clock: Clock;
  /** Told of processes of the command that were to be killed and could not be. */
  readonly onSurvivors: (processes: readonly ListedProcess[]) => void;
  /** A line for the worker's log. Never give it an environment or a word that the master hides. */
  readonly log: (text: string) => void;
}

/** `at-once`: without any grace for what runs, since nobody waits for what it says. */
export type InterruptManner = "at-once";

export interface StartedCommand {
  /** Ends it before its time; it still reports and completes. Harmless when repeated or too late. */
  interrupt(manner?: InterruptManner): void;
  /** Resolves when nothing of it runs any more and `complete` was called. Never rejects but for a bug. */
  readonly done: Promise<void>;
}

export interface CommandDefinition {
  readonly name: string;
  /** What masters decide by which features they may use. */
  readonly version: string;
  /** Masters start others while it runs, as it is over at once in Buildbot's worker: none of them supersedes it. */
  readonly runsBeside?: true;
  /** Throws a WorkerError of family `remote` for arguments with which it cannot be; nothing was started then. */
  readonly start: (args: CommandArguments, context: CommandContext) => StartedCommand;
}
