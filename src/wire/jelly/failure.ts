// An exception as it travels: Twisted's CopyableFailure (docs/protocol/perspective-broker.md §3.4). We keep the four
// fields that mean something to the other side and write the rest as Twisted would.
import type { JellyDictionary, JellyValue } from "./values.ts";

export const FAILURE_CLASS = "twisted.spread.pb.CopyableFailure";

export interface FailureFields {
  /** Dotted class name, e.g. `builtins.ValueError`. */
  readonly type: string;
  readonly message: string;
  /** Dotted names of the class and its bases. A Twisted peer cannot read a failure without them. */
  readonly parents?: readonly string[];
  /** Text for people; the default says that there is none. */
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

/** The state dictionary of a failure. A Twisted peer insists on `parents` and on text keys; `type` may be text. */
export function failureState(failure: Failure): JellyDictionary {
  return new Map<JellyValue, JellyValue>([
    ["type", failure.type],
    ["value", failure.message],
    ["traceback", failure.traceback],
    ["parents", failure.parents],
    ["frames", []],
    ["stack", []],
    ["tb", null],
    ["count", 0],
    ["captureVars", false],
    ["unsafeTracebacks", false],
  ]);
}

/** Reads a peer's failure, missing or odd fields as empty ones: a failure must never fail. */
export function failureFromState(state: JellyValue): Failure {
  const fields = state instanceof Map ? (state as JellyDictionary) : new Map<JellyValue, JellyValue>();
  const parents = fields.get("parents");
  return new Failure({
    type: textOf(fields.get("type")),
    message: textOf(fields.get("value")),
    parents: Array.isArray(parents) ? parents.map(textOf) : [],
    traceback: textOf(fields.get("traceback")),
  });
}

function textOf(value: JellyValue | undefined): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  return "";
}
