// What a worker needs to know and to have.
import type { Clock } from "../base/clock.ts";
import type { SystemText } from "../base/encoding/system-text.ts";
import type { CommandDefinition, CommandRules } from "../commands/index.ts";
import type { WorkerSupervision } from "../process/crash-safety/index.ts";
import type { HeldPtyBinding } from "../process/pty/index.ts";
import type { PipePool } from "../process/spawn/index.ts";

/** One worker as whoever starts it wants it. */
export interface WorkerSetup {
  /** Absolute. */
  readonly baseDirectory: string;
  readonly rules: CommandRules;
  /** Our own environment. */
  readonly environment: Readonly<Record<SystemText, SystemText | undefined>>;
  readonly clock: Clock;
  /** A line for the worker's log. */
  readonly log: (text: string) => void;
  /** Keeps the end of a lost command's output, which may hold secrets, where only the worker's user can read it. */
  readonly keepLastOutput: (command: string, text: string) => void;
  /** Something threw that should not: to be logged with its stack. */
  readonly onBug: (error: unknown) => void;
  /** As configured; otherwise it is counted. */
  readonly numcpus: number | undefined;
  /** Its truth counts; the master is sent the value itself. */
  readonly deleteLeftoverDirs: boolean | number | string | null;
  /** Absolute paths of files that the worker writes, such as its log: what holds one is no leftover directory. */
  readonly ownFiles?: readonly string[];
  /** Absolute paths of the base directories of the other workers of this process: none of them is a leftover directory. */
  readonly otherBaseDirectories?: readonly string[];
  readonly version: string;
}

/** The same with what it takes to run commands. */
export interface WorkerSettings extends WorkerSetup {
  readonly commands: ReadonlyMap<string, CommandDefinition>;
  readonly pipes: PipePool;
  readonly ptyBinding: HeldPtyBinding;
  readonly supervisor: WorkerSupervision;
}
