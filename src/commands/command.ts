// The interface of remote commands, and their context. A command sees its peer and children, never a protocol.
import type { Clock } from "../base/clock.ts";
import type { SystemText } from "../base/encoding/system-text.ts";
import type { TextEncoding } from "../base/encoding/text-encoding.ts";
import type { KnownSecrets } from "../base/known-secrets.ts";
import type { OutputRules } from "../output/index.ts";
import type { WorkerSupervision } from "../process/crash-safety/index.ts";
import type { HeldPtyBinding } from "../process/pty/index.ts";
import type { ChildSource } from "../process/spawn/index.ts";
import type { ListedProcess } from "../process/tree/index.ts";
import type { CommandArguments } from "./arguments.ts";
import type { Confinement } from "./confine/open-confinement.ts";
import type { Receipt, Receipts } from "./open-receipts.ts";
import type { CommandPeer } from "./peer.ts";

/** The worker's settings for programs and output of commands. */
export interface CommandRules {
  /** What to do with leftover processes of a program that ends by itself. */
  readonly leftovers: "keep" | "kill";
  /** How long to wait for output held open after the program has ended; 0: until it is closed. */
  readonly lingerLimitMs: number;
  /** Longer lines are split. */
  readonly lineLimitBytes: number;
  /** Unacknowledged bytes of all commands of a connection, beyond which they are paused. */
  readonly backlogLimitBytes: number;
  /** The master's settings for lines and batches, if any. */
  readonly output?: OutputRules;
  /** Encoding of the arguments, input and output of programs. */
  readonly encoding: TextEncoding;
  /** Encoding of the names of files, directories and variables. */
  readonly fileEncoding: TextEncoding;
  /** Hidden in headers and errors. */
  readonly secrets: KnownSecrets;
  /** Keeps file commands below the base directory. */
  readonly confinement?: Confinement | undefined;
  /** Measures programs. */
  readonly receipts?: Receipts | undefined;
}

export interface CommandContext {
  readonly rules: CommandRules;
  /** Absolute; working directory of the worker's own programs. */
  readonly baseDirectory: string;
  /** Absolute; the master's paths are relative to it. */
  readonly builderDirectory: string;
  readonly peer: CommandPeer;
  /** A warning for its log, one line, sent as the first header. */
  readonly warning?: string | undefined;
  /** The worker's own environment. */
  readonly environment: Readonly<Record<SystemText, SystemText | undefined>>;
  readonly pipes: ChildSource;
  readonly ptyBinding: HeldPtyBinding;
  /** Kills commands when the worker dies; undefined if the system does. */
  readonly supervisor: WorkerSupervision | undefined;
  readonly clock: Clock;
  /** Called with processes of the command that could not be killed. */
  readonly onSurvivors: (processes: readonly ListedProcess[]) => void;
  /** What its last program cost. */
  readonly onReceipt?: (receipt: Receipt) => void;
  /** A line for the worker's log. Must not contain an environment or a word that the master hides. */
  readonly log: (text: string) => void;
}

/** `at-once`: without grace, since its output is not needed. */
export type InterruptManner = "at-once";

export interface StartedCommand {
  /** Ends it early; it still reports and completes. Harmless when repeated or too late. */
  interrupt(manner?: InterruptManner): void;
  /** Resolves when none of its processes is running and `complete` was called. Rejects only for a bug. */
  readonly done: Promise<void>;
}

export interface CommandDefinition {
  readonly name: string;
  /** Masters use it to decide which features are available. */
  readonly version: string;
  /** Other commands may start while it runs, since it is synchronous in Buildbot's worker: they do not supersede it. */
  readonly runsBeside?: true;
  /** Throws a WorkerError of family `remote` for invalid arguments, before anything is started. */
  readonly start: (args: CommandArguments, context: CommandContext) => StartedCommand;
}
