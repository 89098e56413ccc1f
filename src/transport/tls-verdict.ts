// Decides whether a server's certificate is acceptable, and explains if not. OpenSSL has verified the chain; name and
// pin are checked here.
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { TroubleCode } from "../base/trouble-code.ts";
import { commonName, plainFingerprint, quoted, shownDay } from "./certificate-text.ts";

/** Certificates of a chain that are examined. */
const CHAIN_LIMIT = 16;
/** Names of a certificate that are shown. */
const SHOWN_NAMES = 5;

/** Whose certificate it is, as messages name it. */
export type Peer = "master" | "proxy" | "relay";

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

/** The fault of the server's certificate after the handshake; undefined when there is none. */
export function certificateFault(socket: TLSSocket, demands: CertificateDemands): CertificateFault | undefined {
  const whose = `the ${demands.peer}'s certificate`;
  // Not getPeerX509Certificate: up to Node 24 it removes the certificate from the chain, so the next call gets another.
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

/** By OpenSSL's verification error. */
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
      return `${whose} is not valid before ${shownDay(leaf.validFrom)}: check the clocks of both hosts`;
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return `${whose} is self-signed (${issuer}) and not trusted`;
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return `${whose} is signed by an unknown authority (issuer ${issuer})`;
    default:
      return `${whose} cannot be verified (${code}, issuer ${issuer})`;
  }
}

/** Names the first expired certificate of the chain. */
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
  // Certificates name hosts in subjectAltName; clients, also Buildbot's worker, no longer use the common name.
  const options = { subject: "never", partialWildcards: false } as const;
  const isFor = isIP(name) === 0 ? leaf.checkHost(name, options) : leaf.checkIP(name);
  if (isFor !== undefined) return undefined;
  const { subjectAltName } = leaf;
  if (subjectAltName === undefined) {
    return `${whose} names no host (it has no subjectAltName), so it is not for ${quoted(name)}`;
  }
  // An IP address among the DNS names does not count as an address.
  const isAddress = isIP(name) !== 0;
  return `${whose} is for ${namesIn(subjectAltName, isAddress)}, not for ${isAddress ? "IP Address " : ""}${quoted(name)}`;
}

function pinFault(leaf: X509Certificate, pin: string | undefined, whose: string): string | undefined {
  const got = plainFingerprint(leaf.fingerprint256);
  if (pin === undefined || got === pin) return undefined;
  return `${whose} is not the pinned one: its SHA-256 is ${got}, expected ${pin}`;
}

/** `'a.example', '10.0.0.1'` from `DNS:a.example, IP Address:10.0.0.1`; with kinds: `DNS 'a.example', …`. */
function namesIn(subjectAltName: string, withKinds: boolean): string {
  const names = subjectAltName.split(", ").map((entry) => {
    const [, kind, text = entry] = /^(DNS|IP Address):(.*)$/.exec(entry) ?? [];
    return withKinds && kind !== undefined ? `${kind} ${quoted(text)}` : quoted(text);
  });
  const shown = names.slice(0, SHOWN_NAMES).join(", ");
  return names.length > SHOWN_NAMES ? `${shown} and ${names.length - SHOWN_NAMES} more` : shown;
}
