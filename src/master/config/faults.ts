// The error for a YAML file: all faults at once, each as `file:line:column: sentence`.

import type { WorkerError } from "../../base/errors.ts";
import { masterErrors } from "../errors.ts";

/** Counted from 1. */
export interface FaultPlace {
  readonly line: number;
  readonly column: number;
}

export interface Fault extends FaultPlace {
  readonly sentence: string;
}

/** Further faults mostly follow from the first ones. */
const MAX_SHOWN = 50;

/** ERR_MASTER_CONFIG with one line per fault, in the order of the file. */
export function faultsError(path: string, faults: readonly Fault[]): WorkerError {
  const lines = [...faults]
    .sort((one, other) => one.line - other.line || one.column - other.column)
    .map((fault) => shownFault(path, fault));
  const unique = [...new Set(lines)];
  const more = unique.length - MAX_SHOWN;
  return masterErrors.masterConfig(
    [...unique.slice(0, MAX_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join("\n"),
  );
}

export function shownFault(path: string, { line, column, sentence }: Fault): string {
  return `${path}:${line}:${column}: ${sentence}`;
}
