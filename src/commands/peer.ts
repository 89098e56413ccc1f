// What a worker and its commands see of the other side, whichever protocol carries it.
import type { CommandUpdate } from "../base/command-update.ts";

/** Why the machinery of a command broke, as opposed to the command's own failure, which is an rc. */
export interface CommandFailure {
  /** Dotted Python class that a master shows, e.g. `builtins.ValueError`. */
  readonly type: string;
  readonly message: string;
}

/** What the transfers of one connection may have on their way together. */
export interface TransferBudget {
  readonly limitBytes: number;
  /** Takes bytes if they are free and nobody waits for some. */
  tryTake(bytes: number): boolean;
  /** Resolves when the bytes are taken. Nobody may wait here who has taken some that only he can give back later. */
  take(bytes: number): Promise<void>;
  /** Whoever took bytes gives them back, once. */
  give(bytes: number): void;
}

/**
 * A file that an upload makes on the master. Calls are carried out in the order they are made in, also when none waits
 * for the one before; each resolves when it was.
 */
export interface FileWriter {
  readonly budget: TransferBudget;
  /** At most 640 KiB, which must not change until it is written. */
  write(block: Uint8Array): Promise<void>;
  close(): Promise<void>;
  /** Times in seconds, null for a time that is not known. */
  utime(accessed: number | null, modified: number | null): Promise<void>;
  /** Ends an upload that is a tar archive, which the master unpacks. */
  unpack(): Promise<void>;
}

/** A file of the master that a download fetches. Calls are carried out in the order they are made in. */
export interface FileReader {
  readonly budget: TransferBudget;
  /** The next bytes, at most 640 KiB; none at the end, however often it is asked. */
  read(lengthBytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The master's end of one running command. */
export interface CommandPeer {
  /**
   * Sends updates in order. Resolves to whether the master has answered to all of them: not if it is lost before. Never
   * rejects. Updates may follow each other without waiting for that; see `onCongestion`.
   */
  update(updates: readonly CommandUpdate[]): Promise<boolean>;
  /** Ends the command: called exactly once, after the last update. */
  complete(failure?: CommandFailure): void;
  /** Lets go of the master's end without a word, for a command that is not to be heard of any more. */
  release(): void;
  /** The master's end of an upload; throws ERR_BAD_ARGUMENTS when the command did not come with one. */
  fileWriter(): FileWriter;
  /** The master's end of a download; throws ERR_BAD_ARGUMENTS when the command did not come with one. */
  fileReader(): FileReader;
  /**
   * Tells, at once if need be and at each change, whether more output is waiting for the master than the limit allows.
   * A command stops reading from its children while it is.
   */
  onCongestion(listener: (congested: boolean) => void): void;
}
