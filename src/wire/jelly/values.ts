// The values of jelly, Twisted's layer of typed values over banana (perspective-broker.md §3). Plain
// JavaScript where that is exact: null, booleans, integers (number, bigint beyond 2^53), strings for text, Uint8Array
// for bytes, arrays for lists, Map for dictionaries. The rest has the classes below and those of base/python-values.
import type { Float, Tuple } from "../../base/python-values.ts";
import type { Element } from "../banana/index.ts";
import type { Failure } from "./failure.ts";

export type JellyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Uint8Array
  | Text
  | readonly JellyValue[]
  | Tuple<JellyValue>
  | JellyDictionary
  | JellySet
  | Remote
  | Local
  | Failure
  | Opaque
  | Unpersistable;

export type JellyDictionary = ReadonlyMap<JellyValue, JellyValue>;

/** Outgoing text as UTF-8 bytes. Received text is always a string. */
export class Text {
  readonly utf8: Uint8Array;

  constructor(utf8: Uint8Array) {
    this.utf8 = utf8;
  }
}

export class JellySet {
  readonly items: readonly JellyValue[];
  readonly frozen: boolean;

  constructor(items: readonly JellyValue[], frozen: boolean) {
    this.items = items;
    this.frozen = frozen;
  }
}

/** `[remote, luid]`: an object of the sender. Each one received is a separate handle, to be released once. */
export class Remote {
  readonly luid: number;

  constructor(luid: number) {
    this.luid = luid;
  }
}

/** `[local, luid]`: an object of the receiver, returned to it. */
export class Local {
  readonly luid: number;

  constructor(luid: number) {
    this.luid = luid;
  }
}

/** A date, time, timedelta, datetime or decimal, which Buildbot does not use; kept unparsed. */
export class Opaque {
  readonly tag: string;
  readonly state: readonly Element[];

  constructor(tag: string, state: readonly Element[]) {
    this.tag = tag;
    this.state = state;
  }
}

/** A value that the sender could not send, or that only its own storage understands. */
export class Unpersistable {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}
