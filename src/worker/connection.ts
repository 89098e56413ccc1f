// What the worker asks of a connection to its master, whichever protocol carries it: a way in stages, and an end that
// says how far it came and why. Knows no protocol.
import type { WorkerError } from "../base/errors.ts";
import type { ConnectStage, MasterTarget } from "../transport/index.ts";
import type { ShutdownRequest } from "./shutdown-request.ts";

/**
 * In this order, some left out: the master takes name and password in `login` and names its builders in `attach`; a
 * connection is `ready` once the worker has taken them.
 */
export type ConnectionStage = ConnectStage | "login" | "attach" | "ready";

export interface ConnectionEnd {
  /** The stage in which it ended. */
  readonly stage: ConnectionStage;
  /** A sentence that names the stage, unless that is `ready`. */
  readonly cause: WorkerError;
}

export interface ConnectionRequest {
  readonly target: MasterTarget;
  /** How long a master that took the login may take to name its builders. */
  readonly attachLimitMs: number;
  /** Ends the connection, at whatever stage it is. */
  readonly signal: AbortSignal;
  /** Called when a stage begins. */
  readonly onStage: (stage: ConnectionStage) => void;
  /** Called once, when a conversation that had begun is over: what runs for this master must end. */
  readonly onLost: () => void;
}

export interface MasterConnection {
  /** Makes one connection. Resolves when it has ended and nothing of it is left; never rejects. */
  run(request: ConnectionRequest): Promise<ConnectionEnd>;
}

/** One whose master can be asked to end the worker once no build runs on it. */
export interface EndableConnection extends MasterConnection {
  /** Undefined while no master has let the worker in: nothing of any master runs then. */
  askShutdown(): ShutdownRequest | undefined;
  /** Output that the master has not acknowledged. */
  readonly backlogBytes: number;
}
