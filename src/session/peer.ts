// What a worker and its commands see of the other side, whichever protocol carries it.
import type { CommandUpdate } from "../base/command-update.ts";

/** Why the machinery of a command broke, as opposed to the command's own failure, which is an rc. */
export interface CommandFailure {
  /** Dotted Python class that a master shows, e.g. `builtins.ValueError`. */
  readonly type: string;
  readonly message: string;
}

/** A file that an upload makes on the master. Calls are carried out in order; each resolves when it was. */
export interface FileWriter {
  /** At most 640 KiB. */
  write(block: Uint8Array): Promise<void>;
  close(): Promise<void>;
  /** Times in seconds, null for a time that is not known. */
  utime(accessed: number | null, modified: number | null): Promise<void>;
  /** Ends an upload that is a tar archive, which the master unpacks. */
  unpack(): Promise<void>;
}

/** A file of the master that a download fetches. */
export interface FileReader {
  /** The next bytes; none at the end. */
  read(lengthBytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The master's end of one running command. */
export interface CommandPeer {
  /** Sends updates in order. Does not wait for the master; see `onCongestion`. */
  update(updates: readonly CommandUpdate[]): void;
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
