// The values of MessagePack as Python's library maps them: `str` is text, `bin` is bytes. Plain JavaScript where that
// is exact; a whole float stays a Float, and integers beyond 2^53 are bigint.
import type { Float } from "../../base/python-values.ts";

/** FloatRuns are sent as an array of floats, a Uint32Array as one of integers; both are received as ordinary ones. */
export type MsgpackValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Uint8Array
  | FloatRuns
  | Uint32Array
  | Utf8Text
  | readonly MsgpackValue[]
  | MsgpackMap;

/** Keys are text; received numbers become text, other keys are refused. */
export type MsgpackMap = ReadonlyMap<string, MsgpackValue>;

/** Outgoing text as UTF-8 bytes. Received text is always a string. */
export class Utf8Text {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

export interface FloatRun {
  readonly value: number;
  readonly count: number;
}

/** Floats of which many in a row are equal. */
export class FloatRuns {
  readonly runs: readonly FloatRun[];

  constructor(runs: readonly FloatRun[]) {
    this.runs = runs;
  }
}
