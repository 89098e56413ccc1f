// Crash safety for the commands of one worker: the supervisor, shared by all workers of this process, and the record in
// the worker's base directory, for the next worker in case both were killed.
import type { ControlGroups } from "../tree/index.ts";
import { RunningRecord, type RunningRecordOptions } from "./running-record.ts";
import type { SupervisedCommand } from "./supervised-command.ts";
import type { Supervisor } from "./supervisor.ts";

export class WorkerSupervision {
  readonly #supervisor: Supervisor;
  readonly #record: RunningRecord;

  constructor(supervisor: Supervisor, options: Omit<RunningRecordOptions, "ordinal">) {
    this.#supervisor = supervisor;
    this.#record = new RunningRecord({ ...options, ordinal: supervisor.nextOrdinal() });
  }

  /** Undefined when commands get no control groups. */
  get controlGroups(): ControlGroups | undefined {
    return this.#supervisor.controlGroups;
  }

  /** Call before starting a command, so that afterwards only its pid has to be sent. */
  prepare(): void {
    this.#supervisor.prepare();
  }

  /** Call before starting a command; pass the result to `enlist` with the command, or to `dismiss`. */
  announce(command: Pick<SupervisedCommand, "cookie" | "hidesNames">): SupervisedCommand {
    const announced = this.#supervisor.announce(command);
    this.#record.begin(announced);
    return announced;
  }

  /** Call synchronously after starting the command. */
  enlist(command: SupervisedCommand, announced?: SupervisedCommand): void {
    this.#supervisor.enlist(command, announced);
    this.#record.begin(command);
    if (announced !== undefined) this.#record.end(announced);
  }

  /** The command ended, or was not started; its leftover processes are kept. */
  dismiss(command: SupervisedCommand | undefined): void {
    if (command === undefined) return;
    this.#supervisor.dismiss(command);
    this.#record.end(command);
  }

  /** Removes the record. Call when no command of the worker is running. */
  close(): void {
    this.#record.close();
  }
}
