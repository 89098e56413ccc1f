// When the master's certificate ends, for the log of a connection that may live that long. Does not load node:tls.
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { durationText } from "../base/duration.ts";
import { shownDay } from "./certificate-text.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** So long before its end a certificate is warned of. */
const WARNING_MS = 14 * DAY_MS;

/**
 * A sentence on the master's certificate from 14 days before it expires; undefined before, without TLS, and when nothing
 * depends on it since it was not verified. `nowMs` is the time of the wall clock, in milliseconds since 1970.
 */
export function certificateWarning(socket: Socket, nowMs: number): string | undefined {
  const { authorized, getPeerCertificate } = socket as Partial<TLSSocket>;
  const endText = authorized === true ? getPeerCertificate?.call(socket)?.valid_to : undefined;
  if (endText === undefined) return undefined;
  const leftMs = Date.parse(endText) - nowMs;
  if (leftMs > WARNING_MS) return undefined;
  const day = shownDay(endText);
  if (leftMs <= 0) return `the master's certificate expired on ${day}: the next connection will be refused`;
  return `the master's certificate expires on ${day}, in ${durationText(leftMs)}: renew it`;
}
