// Crash safety for the commands of one worker: the supervisor, which all workers of this process share, and the record in
// the worker's own base directory, for a worker that starts after both were killed.
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

  /** Where commands get control groups; undefined where they get none. */
  get controlGroups(): ControlGroups | undefined {
    return this.#supervisor.controlGroups;
  }

  /** To be called before a command is started, so that nothing but telling its number is left to do then. */
  prepare(): void {
    this.#supervisor.prepare();
  }

  /** To be called before a command is started; the result is to be enlisted with the command, or dismissed. */
  announce(command: Pick<SupervisedCommand, "cookie" | "hidesNames">): SupervisedCommand {
    const announced = this.#supervisor.announce(command);
    this.#record.begin(announced);
    return announced;
  }

  /** To be called in the same breath as the command is started. */
  enlist(command: SupervisedCommand, announced?: SupervisedCommand): void {
    this.#supervisor.enlist(command, announced);
    this.#record.begin(command);
    if (announced !== undefined) this.#record.end(announced);
  }

  /** The command is over, or was not started; what it left running is to be left. */
  dismiss(command: SupervisedCommand | undefined): void {
    if (command === undefined) return;
    this.#supervisor.dismiss(command);
    this.#record.end(command);
  }

  /** Removes the record. To be called when no command of the worker runs any more. */
  close(): void {
    this.#record.close();
  }
}
