// The master as a worker and its commands see it, independent of the protocol.
import type { CommandUpdate } from "../base/command-update.ts";

/** An exception in the execution of a command, as opposed to a command that fails with an rc. */
export interface CommandFailure {
  /** Dotted name of a Python class that a master shows, e.g. `builtins.ValueError`. */
  readonly type: string;
  readonly message: string;
}

/** Bytes that all transfers of one connection may have in flight. */
export interface TransferBudget {
  readonly limitBytes: number;
  /** Takes bytes if they are free and no caller is waiting. */
  tryTake(bytes: number): boolean;
  /** Resolves when the bytes are taken. A caller must not wait while it holds bytes that it returns only afterwards. */
  take(bytes: number): Promise<void>;
  /** Returns bytes that were taken; call once. */
  give(bytes: number): void;
}

/**
 * A file on the master, written by an upload. Calls are executed in order, even without waiting for the previous one;
 * each resolves when it is done.
 */
export interface FileWriter {
  readonly budget: TransferBudget;
  /** At most 640 KiB, which must not change until it is written. */
  write(block: Uint8Array): Promise<void>;
  close(): Promise<void>;
  /** Times in seconds; null if unknown. */
  utime(accessed: number | null, modified: number | null): Promise<void>;
  /** Ends the upload of a tar archive, which the master then unpacks. */
  unpack(): Promise<void>;
}

/** A file on the master, read by a download. Calls are executed in order. */
export interface FileReader {
  readonly budget: TransferBudget;
  /** The next bytes, at most 640 KiB; empty at the end, also when repeated. */
  read(lengthBytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The master's end of one running command. */
export interface CommandPeer {
  /**
   * Sends updates in order. Resolves to whether the master has acknowledged all of them: false if the connection is
   * lost before. Never rejects. Callers need not wait between updates; see `onCongestion`.
   */
  update(updates: readonly CommandUpdate[]): Promise<boolean>;
  /** Ends the command; call exactly once, after the last update. */
  complete(failure?: CommandFailure): void;
  /** Releases the master's end without completing, for a command that is no longer reported. */
  release(): void;
  /** The master's end of an upload; throws ERR_BAD_ARGUMENTS when the command has none. */
  fileWriter(): FileWriter;
  /** The master's end of a download; throws ERR_BAD_ARGUMENTS when the command has none. */
  fileReader(): FileReader;
  /**
   * Reports, immediately if congested and at each change, whether the backlog for the master exceeds its limit.
   * Meanwhile a command stops reading from its children.
   */
  onCongestion(listener: (congested: boolean) => void): void;
}
