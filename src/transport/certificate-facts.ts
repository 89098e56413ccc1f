// What a TLS handshake has shown, in clauses, whether it is to be trusted or not: version, and each certificate of the chain
// with its names and its dates.
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import { clippedLine } from "../base/clip.ts";
import { quoted, shownMinute } from "./certificate-text.ts";

/** Of a chain, so many are shown. */
const SHOWN_CERTIFICATES = 8;

/** The certificates from the server's own to the last that is known. */
export function handshakeFacts(socket: TLSSocket): readonly string[] {
  const facts = [`${socket.getProtocol() ?? "TLS"}, ${socket.getCipher().name}`];
  let link: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  for (let depth = 0; depth < SHOWN_CERTIFICATES && link?.raw !== undefined; depth += 1) {
    facts.push(certificateFact(link));
    // An authority is its own issuer.
    link = link.issuerCertificate?.fingerprint256 === link.fingerprint256 ? undefined : link.issuerCertificate;
  }
  return facts;
}

function certificateFact({ subject, issuer, subjectaltname, valid_from: from, valid_to: to }: DetailedPeerCertificate) {
  const names = subjectaltname === undefined ? "" : `, for ${clippedLine(subjectaltname)}`;
  const dates = `valid from ${shownMinute(from)} to ${shownMinute(to)}`;
  return `certificate of ${nameOf(subject)}${names}, ${dates}, signed by ${nameOf(issuer)}`;
}

function nameOf(parts: { readonly CN?: string | string[]; readonly O?: string | string[] }): string {
  return quoted(String(parts?.CN ?? parts?.O ?? "nobody"));
}
