// When the certificates on the way to a master end, for the log of a connection that may live that long. Does not load
// node:tls.

import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { DAY_MS } from "../base/duration.ts";
import { shownDay } from "./certificate-text.ts";
import type { Peer } from "./tls-verdict.ts";

/** So long before its end a certificate is warned of. */
const WARNING_MS = 14 * DAY_MS;
/** Of so many certificates the day on which they were told is remembered. */
const TOLD_LIMIT = 100;

interface Layer {
  readonly peer: Peer;
  /** What the TLS connection is on top of. */
  readonly under: Socket;
  /** Undefined when anyone would do. */
  readonly certificate: Certificate | undefined;
}

interface Certificate {
  readonly endText: string;
  readonly fingerprint: string;
  /** It is accepted for itself, so that another one must be made known here. */
  readonly isPinned: boolean;
  /** Its time is looked at when a connection is made. */
  readonly isVerified: boolean;
}

const layers = new WeakMap<Socket, Layer>();

/** The day on which each certificate was last told, by its fingerprint and whose it is. */
const toldOn = new Map<string, string>();

/** Has certificateWarning know that `peer` has shown its certificate on `secured`, a connection on top of `under`. */
export function noteCertificate(
  secured: TLSSocket,
  { peer, under, isPinned }: Pick<Layer, "peer" | "under"> & Pick<Certificate, "isPinned">,
): void {
  const { valid_to: endText, fingerprint256: fingerprint } = secured.getPeerCertificate();
  const isVerified = secured.authorized;
  const certificate = isVerified || isPinned ? { endText, fingerprint, isPinned, isVerified } : undefined;
  layers.set(secured, { peer, under, certificate });
}

/**
 * What there is to say, once a day for each certificate, from 14 days before one on the way expires: the master's, the
 * proxy's, or both; undefined if nothing, as without TLS, or for a certificate in whose place any other would do. What it returns counts
 * as said. `nowMs` is the time of the wall clock, in milliseconds since 1970.
 */
export function certificateWarning(socket: Socket, nowMs: number): string | undefined {
  const sentences: string[] = [];
  for (let layer = layers.get(socket); layer !== undefined; layer = layers.get(layer.under)) {
    const sentence = warningOf(layer, nowMs);
    if (sentence !== undefined) sentences.unshift(sentence);
  }
  return sentences.length === 0 ? undefined : sentences.join("; ");
}

function warningOf({ peer, certificate }: Layer, nowMs: number): string | undefined {
  if (certificate === undefined) return undefined;
  const { endText, fingerprint, isPinned, isVerified } = certificate;
  const leftMs = Date.parse(endText) - nowMs;
  if (leftMs > WARNING_MS) return undefined;
  const today = new Date(nowMs).toISOString().slice(0, 10);
  if (!isFirstOn(today, `${peer} ${fingerprint}`)) return undefined;
  const day = shownDay(endText);
  const task = isPinned ? "renew it, and set tls_pin anew with it" : "renew it";
  if (leftMs > 0) return `the ${peer}'s certificate expires on ${day}, in ${daysText(leftMs)}: ${task}`;
  return `the ${peer}'s certificate expired on ${day}: ${isVerified ? "the next connection will be refused" : task}`;
}

function isFirstOn(day: string, certificate: string): boolean {
  if (toldOn.get(certificate) === day) return false;
  if (toldOn.size >= TOLD_LIMIT) toldOn.clear();
  toldOn.set(certificate, day);
  return true;
}

/** Whole days only, rounded down. */
function daysText(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  if (days === 0) return "less than a day";
  return days === 1 ? "1 day" : `${days} days`;
}
