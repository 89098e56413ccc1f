// Explains the end of a connection before the greeting of a PB master: what the peer sent instead, or that it sent nothing.
// Knows no sockets.

import type { WorkerError } from "../../base/errors.ts";
import type { TroubleCode } from "../../base/trouble-code.ts";
import { printableBytes, transportErrors } from "../../transport/index.ts";
import { encodeElement } from "../../wire/banana/index.ts";
import { dialectOffer } from "../../wire/pb/index.ts";
import type { ConnectionStage } from "../connection.ts";
import { workerErrors } from "../errors.ts";
import { tlsReasonOf } from "../open-socket.ts";

/** The first message of a master. */
const greeting = Buffer.concat(encodeElement(dialectOffer, "none"));

const SILENT_HINT =
  "it is restarting or stuck, a load balancer answers for it, or it is not a Buildbot master; if this persists, check host and port";

export interface EndWithoutGreeting {
  /** The address of the master. */
  readonly shown: string;
  /** The first bytes that were received. */
  readonly received: Buffer;
  /** Such as `closed the connection`. */
  readonly what: string;
  readonly cause: Error | undefined;
}

/** The error and the stage that failed, which is TLS if the peer refused the connection after the handshake. */
export function endBeforeGreeting({ shown, received, what, cause }: EndWithoutGreeting): {
  readonly stage: ConnectionStage;
  readonly error: WorkerError;
} {
  const stage = "login";
  if (!beginsPbGreeting(received)) {
    const error = workerErrors.notAMaster.from(cause, shown, `it sent ${printableBytes(received)}`);
    return { stage, error: error.withTrouble(foreignServerTrouble(received)) };
  }
  const who = `the master at ${shown}`;
  const refusal = tlsReasonOf(cause);
  if (refusal !== undefined) {
    return {
      stage: "TLS",
      error: transportErrors.tlsFailed.from(cause, `${who} dropped the connection: ${refusal}`),
    };
  }
  const guess = received.length === 0 ? `: ${SILENT_HINT}` : "";
  const error = transportErrors.connectFailed.from(cause, stage, `${who} ${what}${guess}`);
  return { stage, error: error.withTrouble(received.length === 0 ? "master-silent" : undefined) };
}

/** Whether the bytes, possibly none, are the beginning of a master's greeting. */
export function beginsPbGreeting(received: Buffer): boolean {
  return received.equals(greeting.subarray(0, received.length));
}

/** By the first bytes of HTTP and TLS servers. */
function foreignServerTrouble(received: Buffer): TroubleCode {
  if (received.subarray(0, 5).toString("latin1") === "HTTP/") return "http-server";
  return received[0] === 0x15 && received[1] === 0x03 ? "tls-needed" : "not-a-master";
}
