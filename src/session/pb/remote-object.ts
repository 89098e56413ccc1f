// Our objects that the peer may call, and the arguments of a call.
import type { JellyValue, Remote } from "../../wire/jelly/index.ts";

export interface IncomingCall {
  readonly args: readonly JellyValue[];
  readonly kwargs: ReadonlyMap<string, JellyValue>;
  /** Keeps a handle of the call beyond its answer; the caller of `keep` releases it with `Broker.release`. */
  readonly keep: (remote: Remote) => void;
}

/** Throw a WorkerError of family `remote` to answer with a failure. */
export type RemoteMethod = (call: IncomingCall) => JellyValue | Promise<JellyValue>;

export interface RemoteObject {
  /** By wire name without its `remote_` prefix. */
  readonly methods: ReadonlyMap<string, RemoteMethod>;
}
