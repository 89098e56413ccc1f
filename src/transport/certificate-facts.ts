// Describes a TLS handshake in clauses, whether or not the peer is trusted: the version, and each certificate of the
// chain with its names and dates.
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import { clippedLine } from "../base/clip.ts";
import { quoted, shownMinute } from "./certificate-text.ts";

/** Certificates of a chain that are shown. */
const SHOWN_CERTIFICATES = 8;

/** TLS version and cipher, then the certificates from the server's own to the last known one. */
export function handshakeFacts(socket: TLSSocket): readonly string[] {
  const facts = [`${socket.getProtocol() ?? "TLS"}, ${socket.getCipher().name}`];
  let link: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  for (let depth = 0; depth < SHOWN_CERTIFICATES && link?.raw !== undefined; depth += 1) {
    facts.push(certificateFact(link));
    // A root authority is its own issuer.
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
