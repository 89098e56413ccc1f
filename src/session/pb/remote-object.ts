// An object of ours that the peer may call, and what a call brings.
import type { JellyValue, Remote } from "../../wire/jelly/index.ts";

export interface IncomingCall {
  readonly args: readonly JellyValue[];
  readonly kwargs: ReadonlyMap<string, JellyValue>;
  /** Keeps a handle that came with the call beyond its answer; the keeper gives it back with `Broker.release`. */
  readonly keep: (remote: Remote) => void;
}

/** Throw a WorkerError of family `remote` to answer with a failure. */
export type RemoteMethod = (call: IncomingCall) => JellyValue | Promise<JellyValue>;

export interface RemoteObject {
  /** By wire name without its `remote_` prefix. */
  readonly methods: ReadonlyMap<string, RemoteMethod>;
}
