// The settings and resources of a worker.
import type { Clock } from "../base/clock.ts";
import type { SystemText } from "../base/encoding/system-text.ts";
import type { CommandDefinition, CommandRules } from "../commands/index.ts";
import type { WorkerSupervision } from "../process/crash-safety/index.ts";
import type { HeldPtyBinding } from "../process/pty/index.ts";
import type { ChildSource } from "../process/spawn/index.ts";
import type { CommandAdmission } from "./open-admission.ts";

/** The settings of one worker. */
export interface WorkerSetup {
  /** Absolute. */
  readonly baseDirectory: string;
  readonly rules: CommandRules;
  /** The worker's own environment. */
  readonly environment: Readonly<Record<SystemText, SystemText | undefined>>;
  readonly clock: Clock;
  /** A line for the worker's log. */
  readonly log: (text: string) => void;
  /** Saves the end of a lost command's output, which may contain secrets, so that only the worker's user can read it. */
  readonly keepLastOutput: (command: string, text: string) => void;
  /** Logs an unexpected exception with its stack. */
  readonly onBug: (error: unknown) => void;
  /** Number of processors as configured; undefined: counted. */
  readonly numcpus: number | undefined;
  /** Used as a truth value; the master is sent the value itself. */
  readonly deleteLeftoverDirs: boolean | number | string | null;
  /** Absolute paths of files that the worker writes, such as its log: a directory with one is not a leftover directory. */
  readonly ownFiles?: readonly string[];
  /** Absolute base directories of the other workers of this process, which are not leftover directories. */
  readonly otherBaseDirectories?: readonly string[];
  readonly version: string;
  /** Holds commands back before they start. */
  readonly admission?: CommandAdmission | undefined;
}

/** The settings with the resources for running commands. */
export interface WorkerSettings extends WorkerSetup {
  readonly commands: ReadonlyMap<string, CommandDefinition>;
  readonly pipes: ChildSource;
  readonly ptyBinding: HeldPtyBinding;
  readonly supervisor: WorkerSupervision | undefined;
}
