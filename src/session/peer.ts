// What a worker and its commands see of the other side, whichever protocol carries it.
import type { CommandUpdate } from "../base/command-update.ts";

/** Why the machinery of a command broke, as opposed to the command's own failure, which is an rc. */
export interface CommandFailure {
  /** Dotted Python class that a master shows, e.g. `builtins.ValueError`. */
  readonly type: string;
  readonly message: string;
}

/** The master's end of one running command. */
export interface CommandPeer {
  /** Sends updates in order. Does not wait for the master; see `onCongestion`. */
  update(updates: readonly CommandUpdate[]): void;
  /** Ends the command: called exactly once, after the last update. */
  complete(failure?: CommandFailure): void;
  /**
   * Tells, at once if need be and at each change, whether more output is waiting for the master than the limit allows.
   * A command stops reading from its children while it is.
   */
  onCongestion(listener: (congested: boolean) => void): void;
}
