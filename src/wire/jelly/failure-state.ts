// The wire form of a failure: the state dictionary of Twisted's CopyableFailure.
import { Failure } from "./failure.ts";
import type { JellyDictionary, JellyValue } from "./values.ts";

export const FAILURE_CLASS = "twisted.spread.pb.CopyableFailure";

/** The state dictionary of a failure. A Twisted peer requires `parents` and text keys; `type` may be text. */
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

/** Reads a peer's failure. Missing or invalid fields become empty, since reading a failure must never fail. */
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
