// Why a connection ended before the other side had greeted as a PB master does: what it said instead, or that it said
// nothing. Knows no sockets.

import type { WorkerError } from "../../base/errors.ts";
import type { TroubleCode } from "../../base/trouble-code.ts";
import { printableBytes, transportErrors } from "../../transport/index.ts";
import { encodeElement } from "../../wire/banana/index.ts";
import { dialectOffer } from "../../wire/pb/index.ts";
import type { ConnectionStage } from "../connection.ts";
import { workerErrors } from "../errors.ts";
import { tlsReasonOf } from "../open-socket.ts";

/** What a master says first. */
const greeting = Buffer.concat(encodeElement(dialectOffer, "none"));

const NO_WORD =
  "it is restarting or stuck, a balancer stands in for it, or it is no Buildbot master; if this goes on, check host and port";

export interface Ungreeted {
  /** Where the master should be. */
  readonly shown: string;
  /** The first bytes that came. */
  readonly heard: Buffer;
  /** Such as `closed the connection`. */
  readonly what: string;
  readonly cause: Error | undefined;
}

/** The stage that failed, which is TLS when the other side did not want what the handshake had brought it, and the error. */
export function ungreetedEnd({ shown, heard, what, cause }: Ungreeted): {
  readonly stage: ConnectionStage;
  readonly error: WorkerError;
} {
  const stage = "login";
  if (!isOfMaster(heard)) {
    const error = workerErrors.notAMaster.from(cause, shown, `it sent ${printableBytes(heard)}`);
    return { stage, error: error.withTrouble(notHttpTrouble(heard)) };
  }
  const who = `the master at ${shown}`;
  const refusal = tlsReasonOf(cause);
  if (refusal !== undefined) {
    return {
      stage: "TLS",
      error: transportErrors.tlsFailed.from(cause, `${who} dropped the connection: ${refusal}`),
    };
  }
  const guess = heard.length === 0 ? `: ${NO_WORD}` : "";
  const error = transportErrors.connectFailed.from(cause, stage, `${who} ${what}${guess}`);
  return { stage, error: error.withTrouble(heard.length === 0 ? "master-silent" : undefined) };
}

/** Whether those first bytes, or none, can be the beginning of a master's greeting. */
export function isOfMaster(heard: Buffer): boolean {
  return heard.equals(greeting.subarray(0, heard.length));
}

/** By how servers of HTTP and of TLS begin. */
function notHttpTrouble(heard: Buffer): TroubleCode {
  if (heard.subarray(0, 5).toString("latin1") === "HTTP/") return "http-server";
  return heard[0] === 0x15 && heard[1] === 0x03 ? "tls-needed" : "not-a-master";
}
