// An exception on the wire: the four fields of Twisted's CopyableFailure that matter to the peer
// (perspective-broker.md §3.4).

export interface FailureFields {
  /** Dotted class name, e.g. `builtins.ValueError`. */
  readonly type: string;
  readonly message: string;
  /** Dotted names of the class and its bases. A Twisted peer cannot read a failure without them. */
  readonly parents?: readonly string[];
  /** The default says that there is none. */
  readonly traceback?: string;
}

const NO_TRACEBACK = "Traceback unavailable\n";

export class Failure {
  readonly type: string;
  readonly message: string;
  readonly parents: readonly string[];
  readonly traceback: string;

  constructor(fields: FailureFields) {
    this.type = fields.type;
    this.message = fields.message;
    this.parents = fields.parents ?? [fields.type];
    this.traceback = fields.traceback ?? NO_TRACEBACK;
  }
}
