// What a protocol has to know how to say to a worker; the link does the rest.
import type { BuilderDirectory } from "../worker-link.ts";
import type { RemoteRun } from "./remote-run.ts";

/** Each call resolves when the worker has answered, and rejects with its refusal or with the loss of the connection. */
export interface Wire {
  readonly protocol: "pb" | "msgpack";
  print(message: string): Promise<unknown>;
  keepalive(): Promise<unknown>;
  setBuilders(builders: readonly BuilderDirectory[]): Promise<unknown>;
  startBuild(builder: string): Promise<unknown>;
  start(run: RemoteRun): Promise<unknown>;
  interrupt(run: RemoteRun, why: string): Promise<unknown>;
  shutdown(): Promise<unknown>;
}
