// TLS on top of a connection: the handshake within its deadline, and the check of the certificate. The only file here
// that loads node:tls when imported, so it is imported only when TLS is needed.
import { isIP, type Socket } from "node:net";
import { connect, createSecureContext, type TLSSocket } from "node:tls";
import { errorText } from "../base/errors.ts";
import { handshakeFacts } from "./certificate-facts.ts";
import { noteCertificate } from "./certificate-warning.ts";
import { shownEndpoint, type TlsEndpoint } from "./endpoint.ts";
import { transportErrors } from "./errors.ts";
import { readGreeting } from "./greeting.ts";
import type { TlsPolicy } from "./master-target.ts";
import { onceFor } from "./once-for.ts";
import { type ConnectOptions, runStage, type StageEnd } from "./stage.ts";
import { systemCause } from "./system-cause.ts";
import { ignore } from "./tcp.ts";
import { isAboutOurCertificate, isNotTls, tlsReason } from "./tls-failure.ts";
import { readMaterial, type TlsMaterial, verification } from "./tls-material.ts";
import { type CertificateFault, certificateFault, type Peer } from "./tls-verdict.ts";

export interface TlsRequest {
  readonly endpoint: TlsEndpoint;
  readonly policy: TlsPolicy;
  readonly peer: Peer;
  /** Opens a second connection to the same place without TLS, to find out what listens there if it is not TLS. */
  readonly another: (signal: AbortSignal) => Promise<Socket>;
}

/**
 * Takes over `socket`, and resolves to a TLS socket whose peer has shown an acceptable certificate. Later TLS alerts
 * become errors in words. Rejects with the error of the stage after destroying `socket`.
 */
export function startTls(socket: Socket, request: TlsRequest, options: ConnectOptions): Promise<TLSSocket> {
  const { endpoint, peer } = request;
  const who = `the ${peer} at ${shownEndpoint(endpoint)}`;
  const plan = { stage: "TLS", timeoutMs: endpoint.timeoutMs, late: `${who} has not completed the handshake` } as const;
  return runStage(plan, options, (end) => {
    let secured: TLSSocket | undefined;
    try {
      secured = secure(socket, request, options);
    } catch (error) {
      end.fail(errorText(error), error);
    }
    if (secured === undefined) return () => void socket.destroy();
    return watchHandshake(secured, request, { ...options, ...end, who, under: socket });
  });
}

interface HandshakeEnd extends StageEnd<TLSSocket>, Pick<ConnectOptions, "clock" | "onFound"> {
  /** `the master at h:p`. */
  readonly who: string;
  readonly under: Socket;
}

function watchHandshake(secured: TLSSocket, request: TlsRequest, handshake: HandshakeEnd) {
  const { succeed, fail, who, under, clock, onFound } = handshake;
  const { endpoint, policy, peer } = request;
  const probing = new AbortController();
  const onSecure = () => {
    let fault: CertificateFault | undefined;
    try {
      if (onFound !== undefined) for (const fact of handshakeFacts(secured)) onFound(fact);
      fault = findFault();
      // Not later: a closed connection no longer has its certificate.
      if (fault === undefined) noteCertificate(secured, { peer, under, isPinned: policy.pin !== undefined });
    } catch (error) {
      // The content of a certificate must never crash the process.
      return fail(`the ${peer}'s certificate cannot be checked: ${errorText(error)}`, error);
    }
    if (fault === undefined) succeed(secured);
    else fail(fault.sentence, undefined, fault.trouble);
  };
  const findFault = () => {
    const { chain, checksName } = verification(endpoint.terms, policy);
    const name = checksName ? endpoint.terms.name : undefined;
    return certificateFault(secured, { peer, checksChain: chain !== "any", name, pin: policy.pin });
  };
  const onClose = () => fail(`${who} closed the connection during the handshake`);
  const onError = (broken: Error) => {
    if (!isNotTls(broken)) {
      return fail(failureOf(broken, who), broken, isAboutOurCertificate(broken) ? "tls-own-certificate" : undefined);
    }
    secured.off("close", onClose);
    void failWithGreeting(broken);
  };
  const failWithGreeting = async (broken: Error) => {
    const sent = await readGreeting(request.another, { clock, signal: probing.signal });
    fail(`${who} does not speak TLS${sent === undefined ? "" : ` (it sent ${sent})`}`, broken, "tls-not-spoken");
  };
  secured.once("secureConnect", onSecure).once("close", onClose).once("error", onError);
  return (failed: boolean) => {
    probing.abort();
    secured.off("secureConnect", onSecure).off("close", onClose).off("error", onError);
    if (failed) secured.on("error", ignore).destroy();
    // In TLS 1.3 a server may reject the client's certificate after the handshake.
    else secured.on("error", explainAlert);
  };
}

/** Throws ERR_TLS_FILE, or OpenSSL's error about a key or certificate. */
function secure(socket: Socket, { endpoint, policy }: TlsRequest, options: ConnectOptions): TLSSocket {
  const material = readMaterial(endpoint.terms, policy, options.clock.date());
  const warn = onceFor(endpoint, options.onWarning);
  for (const warning of material.warnings) warn(warning);
  const { name } = endpoint.terms;
  return connect({
    socket,
    secureContext: secureContext(material),
    // SNI does not allow IP addresses.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    // We decide ourselves: Node.js does not know the pin and does not explain its verdict.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
}

function secureContext({ ca, client }: TlsMaterial) {
  return createSecureContext({ ca: ca === undefined ? [] : [...ca], ...client });
}

/** Throws ERR_TLS_FILE for files that startTls could not use. `now` is wall-clock time. */
export function checkMaterial(endpoint: TlsEndpoint, policy: TlsPolicy, now: Date): void {
  const material = readMaterial(endpoint.terms, policy, now);
  try {
    secureContext(material);
  } catch (error) {
    const path = endpoint.terms.certificate?.path ?? "the certificates to trust";
    throw transportErrors.tlsFile.from(error, path, `OpenSSL rejects it: ${errorText(error)}`);
  }
}

function failureOf(error: Error, who: string): string {
  const reason = tlsReason(error);
  if (reason !== undefined) return `${who} aborted the handshake: ${reason}`;
  // Node.js sets this code also for a connection that was closed cleanly.
  const closed = "code" in error && error.code === "ECONNRESET";
  return closed ? `${who} closed the connection during the handshake` : `${who}: ${systemCause(error)}`;
}

/** Replaces OpenSSL's own text before the next listener sees the error. */
function explainAlert(error: Error): void {
  const reason = tlsReason(error);
  if (reason !== undefined) error.message = `TLS: ${reason}`;
}
