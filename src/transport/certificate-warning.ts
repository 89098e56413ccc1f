// Warns of certificates of a connection that expire soon, since the connection may outlive them. Does not load
// node:tls.

import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { DAY_MS } from "../base/duration.ts";
import { shownDay } from "./certificate-text.ts";
import type { Peer } from "./tls-verdict.ts";

/** Time before expiry at which warnings begin. */
const WARNING_MS = 14 * DAY_MS;
/** Certificates whose last warning is remembered. */
const WARNED_LIMIT = 100;

interface Layer {
  readonly peer: Peer;
  /** The socket below the TLS connection. */
  readonly under: Socket;
  /** Undefined when any certificate is accepted. */
  readonly certificate: Certificate | undefined;
}

interface Certificate {
  readonly endText: string;
  readonly fingerprint: string;
  /** Accepted by its fingerprint, so a renewed certificate needs a new pin. */
  readonly isPinned: boolean;
  /** Its dates are checked when a connection is made. */
  readonly isVerified: boolean;
}

const layers = new WeakMap<Socket, Layer>();

/** The day of the last warning, by peer and fingerprint. */
const warnedOn = new Map<string, string>();

/** Records, for certificateWarning, the certificate of `peer` on `secured`, a connection on top of `under`. */
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
 * A warning once a day for each certificate of the connection (the master's, the proxy's, or both) from 14 days before
 * it expires. Undefined if there is none: without TLS, or when any certificate is accepted. What it returns counts as
 * logged. `nowMs` is wall-clock time, in milliseconds since 1970.
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
  const task = isPinned ? "renew it and update tls_pin" : "renew it";
  if (leftMs > 0) return `the ${peer}'s certificate expires on ${day}, in ${daysText(leftMs)}: ${task}`;
  return `the ${peer}'s certificate expired on ${day}: ${isVerified ? "the next connection will be refused" : task}`;
}

function isFirstOn(day: string, certificate: string): boolean {
  if (warnedOn.get(certificate) === day) return false;
  if (warnedOn.size >= WARNED_LIMIT) warnedOn.clear();
  warnedOn.set(certificate, day);
  return true;
}

/** Whole days, rounded down. */
function daysText(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  if (days === 0) return "less than a day";
  return days === 1 ? "1 day" : `${days} days`;
}
