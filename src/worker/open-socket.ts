// The way to a master that all protocols share: connecting, stage by stage, with a failure as the end of a connection.
import type { Socket } from "node:net";
import { WorkerError } from "../base/errors.ts";
import { connectToMaster } from "../transport/index.ts";
import type { ConnectionEnd, ConnectionRequest, ConnectionStage } from "./connection.ts";
import { workerErrors } from "./errors.ts";
import type { WorkerSettings } from "./settings.ts";

/** How startTls begins what it makes of an alert. */
const TLS_WORDS = "TLS: ";

/** Resolves to a socket on which the master's first byte is still to be read, or to why there is none; never rejects. */
export async function openSocket(
  { target, signal, onStage }: ConnectionRequest,
  { clock, log, onBug }: Pick<WorkerSettings, "clock" | "log" | "onBug">,
): Promise<{ readonly socket: Socket } | { readonly end: ConnectionEnd }> {
  let stage: ConnectionStage = "name lookup";
  const enter = (begun: ConnectionStage) => {
    stage = begun;
    onStage(begun);
  };
  try {
    return { socket: await connectToMaster(target, { clock, signal, onStage: enter, onWarning: log }) };
  } catch (error) {
    return { end: { stage, cause: asWorkerError(error, onBug) } };
  }
}

/** What the other side said by a TLS alert when the handshake was over, of an error of that socket. */
export function tlsReasonOf(error: Error | undefined): string | undefined {
  return error?.message.startsWith(TLS_WORDS) ? error.message.slice(TLS_WORDS.length) : undefined;
}

/** Anything that is no error of the table is a bug of ours: it is reported, and ends the connection. */
export function asWorkerError(error: unknown, onBug: (error: unknown) => void): WorkerError {
  if (error instanceof WorkerError) return error;
  onBug(error);
  return workerErrors.internal.from(error, error instanceof Error ? error.name : "");
}
