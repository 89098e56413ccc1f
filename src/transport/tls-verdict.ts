// Whether the certificate that a server has shown is one to go on with, and if not, why, in words. The chain was judged by
// OpenSSL; name and pin are judged here.
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { TroubleCode } from "../base/trouble-code.ts";
import { commonName, plainFingerprint, quoted, shownDay } from "./certificate-text.ts";

/** A chain is followed no further than this. */
const CHAIN_LIMIT = 16;
/** So many names of a certificate are shown. */
const SHOWN_NAMES = 5;

/** Whose certificate it is, in sentences. */
export type Peer = "master" | "proxy";

export interface CertificateDemands {
  readonly peer: Peer;
  readonly checksChain: boolean;
  /** The DNS name or IP address that the certificate must be for. */
  readonly name: string | undefined;
  /** SHA-256 of the certificate, 64 lower-case hexadecimal digits. */
  readonly pin: string | undefined;
}

export interface CertificateFault {
  readonly sentence: string;
  readonly trouble: TroubleCode;
}

/** What is wrong with the certificate of a server that has completed its handshake; undefined when nothing is. */
export function certificateFault(socket: TLSSocket, demands: CertificateDemands): CertificateFault | undefined {
  const whose = `the ${demands.peer}'s certificate`;
  // Not getPeerX509Certificate, which takes the certificate out of the chain up to Node 24: the next call gets another.
  const chain = socket.getPeerCertificate(true);
  if (chain?.raw === undefined) return { sentence: `${whose} is missing`, trouble: "tls-failed" };
  const leaf = new X509Certificate(chain.raw);
  const isTrusted = socket.authorized || !demands.checksChain;
  return (
    (isTrusted ? undefined : chainFault(String(socket.authorizationError), chain, whose)) ??
    as("tls-wrong-name", nameFault(leaf, demands.name, whose)) ??
    as("tls-wrong-pin", pinFault(leaf, demands.pin, whose))
  );
}

function as(trouble: TroubleCode, sentence: string | undefined): CertificateFault | undefined {
  return sentence === undefined ? undefined : { sentence, trouble };
}

/** By OpenSSL's word for what is wrong with a chain. */
const chainTroubles: Readonly<Record<string, TroubleCode>> = {
  CERT_HAS_EXPIRED: "tls-expired",
  CERT_NOT_YET_VALID: "clock-or-certificate",
};

function chainFault(code: string, chain: DetailedPeerCertificate, whose: string): CertificateFault {
  return { sentence: chainSentence(code, chain, whose), trouble: chainTroubles[code] ?? "tls-untrusted" };
}

function chainSentence(code: string, chain: DetailedPeerCertificate, whose: string): string {
  const leaf = new X509Certificate(chain.raw);
  const issuer = commonName(leaf.issuer);
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return expiryFault(chain, whose);
    case "CERT_NOT_YET_VALID":
      return `${whose} is not valid before ${shownDay(leaf.validFrom)}: the clock of one of the two hosts is wrong, or it came too early`;
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return `${whose} is signed by itself (${issuer}), and not among those that are trusted`;
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return `${whose} is signed by an unknown authority (issuer ${issuer})`;
    default:
      return `${whose} cannot be verified (${code}, issuer ${issuer})`;
  }
}

/** Names the first certificate of the chain that has expired. */
function expiryFault(chain: DetailedPeerCertificate, whose: string): string {
  let link: DetailedPeerCertificate | undefined = chain;
  for (let depth = 0; depth < CHAIN_LIMIT && link?.raw !== undefined; depth += 1) {
    const { subject, validTo } = new X509Certificate(link.raw);
    const verb = depth === 0 ? "expired" : `is signed by ${commonName(subject)}, whose own certificate expired`;
    if (Date.parse(validTo) < Date.now()) return `${whose} ${verb} on ${shownDay(validTo)}`;
    link = link.issuerCertificate;
  }
  return `${whose} is signed by an authority whose own certificate has expired`;
}

function nameFault(leaf: X509Certificate, name: string | undefined, whose: string): string | undefined {
  if (name === undefined) return undefined;
  // Certificates name hosts in subjectAltName; the common name was given up long ago, also by today's worker.
  const options = { subject: "never", partialWildcards: false } as const;
  const isFor = isIP(name) === 0 ? leaf.checkHost(name, options) : leaf.checkIP(name);
  if (isFor !== undefined) return undefined;
  const { subjectAltName } = leaf;
  if (subjectAltName === undefined) {
    return `${whose} names no host (it has no subjectAltName), so it is not for ${quoted(name)}`;
  }
  // What looks like an address among the DNS names does not count as one.
  const isAddress = isIP(name) !== 0;
  return `${whose} is for ${namesIn(subjectAltName, isAddress)}, not for ${isAddress ? "IP Address " : ""}${quoted(name)}`;
}

function pinFault(leaf: X509Certificate, pin: string | undefined, whose: string): string | undefined {
  const got = plainFingerprint(leaf.fingerprint256);
  if (pin === undefined || got === pin) return undefined;
  return `${whose} is not the pinned one: its SHA-256 is ${got}, expected ${pin}`;
}

/** `'a.example', '10.0.0.1'` of `DNS:a.example, IP Address:10.0.0.1`; with their kinds, `DNS 'a.example', …`. */
function namesIn(subjectAltName: string, withKinds: boolean): string {
  const names = subjectAltName.split(", ").map((entry) => {
    const [, kind, text = entry] = /^(DNS|IP Address):(.*)$/.exec(entry) ?? [];
    return withKinds && kind !== undefined ? `${kind} ${quoted(text)}` : quoted(text);
  });
  const shown = names.slice(0, SHOWN_NAMES).join(", ");
  return names.length > SHOWN_NAMES ? `${shown} and ${names.length - SHOWN_NAMES} more` : shown;
}
