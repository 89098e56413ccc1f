// The interface of a connection to the master, independent of the protocol: it goes through stages, and its end has a stage
// and a cause.
import type { WorkerError } from "../base/errors.ts";
import type { ConnectStage, MasterTarget, RelayedReport } from "../transport/index.ts";
import type { ShutdownRequest } from "./shutdown-request.ts";

/**
 * In this order, some are skipped: the master checks name and password in `login` and sends its builders in `attach`; a
 * connection is `ready` once the worker has set them up.
 */
export type ConnectionStage = ConnectStage | "login" | "attach" | "ready";

export interface ConnectionEnd {
  /** The stage in which it ended. */
  readonly stage: ConnectionStage;
  /** The message names the stage, unless it is `ready`. */
  readonly cause: WorkerError;
}

export interface ConnectionRequest {
  readonly target: MasterTarget;
  /** Time between the login and the list of builders. */
  readonly attachLimitMs: number;
  /** Ends the connection in any stage. */
  readonly signal: AbortSignal;
  /** Called when a stage begins. */
  readonly onStage: (stage: ConnectionStage) => void;
  /** Called once when a connected socket is lost: the commands of this connection must be killed. */
  readonly onLost: () => void;
}

export interface MasterConnection {
  /** Makes one connection. Resolves when it has ended and all its resources are released; never rejects. */
  run(request: ConnectionRequest): Promise<ConnectionEnd>;
}

/** A connection whose master can be asked for a graceful shutdown of the worker. */
export interface EndableConnection extends MasterConnection {
  /** Undefined while the worker is not logged in; no command is running then. */
  askShutdown(): ShutdownRequest | undefined;
  /** Output that the master has not acknowledged. */
  readonly backlogBytes: number;
  /** Undefined without a relay, or while not connected. */
  relayedReport(): RelayedReport | undefined;
}
