// What may hold a command back before it starts. Only types: open-admission.ts does it.
import type { Clock } from "../base/clock.ts";
import type { CommandDefinition, StartedCommand } from "../commands/index.ts";

export interface RoomLimits {
  readonly bytes: number;
  readonly inodes: number;
}

/** 0 is no limit. */
export interface AdmissionLimits {
  /** Of all workers of the process together. */
  readonly maxCommands: number;
  /** Below them there is a warning. */
  readonly warn: RoomLimits;
  /** Below them no command starts. */
  readonly least: RoomLimits;
}

/** The free room on the file system of the base directory, when a command was last started. */
export interface DiskReport {
  /** `low`: below a limit that warns; `full`: below one that holds back commands. */
  readonly state: "ok" | "low" | "full";
  readonly free_bytes: number;
  /** Null where they are not counted. */
  readonly free_inodes: number | null;
}

export interface WaitingCommand extends StartedCommand {
  /** Undefined once it has started. */
  readonly waitingFor: () => string | undefined;
}

export interface CommandAdmission {
  /** In place of the definition's own, whose errors are reported to the master. */
  readonly start: (definition: CommandDefinition, ...start: Parameters<CommandDefinition["start"]>) => WaitingCommand;
  readonly disk: () => DiskReport | null;
}

export interface AdmissionOptions {
  readonly baseDirectory: string;
  readonly clock: Clock;
  readonly log: (text: string) => void;
}
