// Connects to a master, for all protocols. A failure is reported as the end of a connection.
import type { Socket } from "node:net";
import { WorkerError } from "../base/errors.ts";
import { connectToMaster, type Relayed } from "../transport/index.ts";
import type { ConnectionEnd, ConnectionRequest, ConnectionStage } from "./connection.ts";
import { workerErrors } from "./errors.ts";
import type { WorkerSettings } from "./settings.ts";

/** Prefix of startTls's errors for alerts. */
const TLS_PREFIX = "TLS: ";

/** Resolves to a socket from which nothing has been read yet, or to a failure; never rejects. */
export async function openSocket(
  { target, signal, onStage }: ConnectionRequest,
  { clock, log, onBug }: Pick<WorkerSettings, "clock" | "log" | "onBug">,
): Promise<{ readonly socket: Socket; readonly relayed: Relayed | undefined } | { readonly end: ConnectionEnd }> {
  let stage: ConnectionStage = "name lookup";
  const enter = (next: ConnectionStage) => {
    stage = next;
    onStage(next);
  };
  try {
    let relayed: Relayed | undefined;
    const onRelayed = (found: Relayed) => {
      relayed = found;
    };
    const socket = await connectToMaster(target, { clock, signal, onStage: enter, onWarning: log, onRelayed });
    return { socket, relayed };
  } catch (error) {
    return { end: { stage, cause: asWorkerError(error, onBug) } };
  }
}

/** The text of a TLS alert that the peer sent after the handshake, from the error of the socket. */
export function tlsReasonOf(error: Error | undefined): string | undefined {
  return error?.message.startsWith(TLS_PREFIX) ? error.message.slice(TLS_PREFIX.length) : undefined;
}

/** Any other error is a bug: it is reported, and ends the connection. */
export function asWorkerError(error: unknown, onBug: (error: unknown) => void): WorkerError {
  if (error instanceof WorkerError) return error;
  onBug(error);
  return workerErrors.internal.from(error, error instanceof Error ? error.name : "");
}
