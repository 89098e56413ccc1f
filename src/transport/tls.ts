// TLS on top of a connection: the handshake within its deadline, and the verdict on the certificate. The only file of the
// way to a master that loads node:tls when it is imported; so only what needs TLS imports it.
import { isIP, type Socket } from "node:net";
import { connect, createSecureContext, type TLSSocket } from "node:tls";
import { errorText } from "../base/errors.ts";
import { handshakeFacts } from "./certificate-facts.ts";
import { noteCertificate } from "./certificate-warning.ts";
import { shownEndpoint, type TlsEndpoint } from "./endpoint.ts";
import { transportErrors } from "./errors.ts";
import { firstWords } from "./first-words.ts";
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
  /** Another connection to the same place, without TLS, to hear what it says if it does not speak TLS. */
  readonly another: (signal: AbortSignal) => Promise<Socket>;
}

/**
 * Takes `socket` over, and resolves to one whose peer has shown the certificate that it must; what it says later by TLS
 * alerts, its errors tell in words. Rejects with the error of the stage; `socket` is destroyed then.
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
  const hearer = new AbortController();
  const onSecure = () => {
    let fault: CertificateFault | undefined;
    try {
      if (onFound !== undefined) for (const fact of handshakeFacts(secured)) onFound(fact);
      fault = judge();
      // Not later: a connection that has ended forgets its certificate.
      if (fault === undefined) noteCertificate(secured, { peer, under, isPinned: policy.pin !== undefined });
    } catch (error) {
      // What a stranger has put into a certificate must not end the process.
      return fail(`the ${peer}'s certificate cannot be judged: ${errorText(error)}`, error);
    }
    if (fault === undefined) succeed(secured);
    else fail(fault.sentence, undefined, fault.trouble);
  };
  const judge = () => {
    const { chain, checksName } = verification(endpoint.terms, policy);
    const name = checksName ? endpoint.terms.name : undefined;
    return certificateFault(secured, { peer, checksChain: chain !== "any", name, pin: policy.pin });
  };
  const onClose = () => fail(`${who} closed the connection during the handshake`);
  const onError = (broken: Error) => {
    if (!isNotTls(broken)) {
      return fail(brokenOff(broken, who), broken, isAboutOurCertificate(broken) ? "tls-own-certificate" : undefined);
    }
    secured.off("close", onClose);
    void failWithWords(broken);
  };
  const failWithWords = async (broken: Error) => {
    const heard = await firstWords(request.another, { clock, signal: hearer.signal });
    fail(`${who} does not speak TLS${heard === undefined ? "" : ` (it says ${heard})`}`, broken, "tls-not-spoken");
  };
  secured.once("secureConnect", onSecure).once("close", onClose).once("error", onError);
  return (failed: boolean) => {
    hearer.abort();
    secured.off("secureConnect", onSecure).off("close", onClose).off("error", onError);
    if (failed) secured.on("error", ignore).destroy();
    // TLS 1.3 lets a server refuse the client's certificate when the handshake is over.
    else secured.on("error", sayInWords);
  };
}

/** Throws what a file, or OpenSSL on a key or certificate, has to say. */
function secure(socket: Socket, { endpoint, policy }: TlsRequest, options: ConnectOptions): TLSSocket {
  const material = readMaterial(endpoint.terms, policy, options.clock.date());
  const warn = onceFor(endpoint, options.onWarning);
  for (const warning of material.warnings) warn(warning);
  const { name } = endpoint.terms;
  return connect({
    socket,
    secureContext: secureContext(material),
    // SNI knows no IP addresses.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    // The verdict is ours: Node.js would neither know the pin nor say why.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
}

function secureContext({ ca, client }: TlsMaterial) {
  return createSecureContext({ ca: ca === undefined ? [] : [...ca], ...client });
}

/** Throws ERR_TLS_FILE for what startTls would not be able to use. `now` is the time of the wall clock. */
export function checkMaterial(endpoint: TlsEndpoint, policy: TlsPolicy, now: Date): void {
  const material = readMaterial(endpoint.terms, policy, now);
  try {
    secureContext(material);
  } catch (error) {
    const path = endpoint.terms.certificate?.path ?? "the certificates to trust";
    throw transportErrors.tlsFile.from(error, path, `OpenSSL does not take it: ${errorText(error)}`);
  }
}

function brokenOff(error: Error, who: string): string {
  const reason = tlsReason(error);
  if (reason !== undefined) return `${who} broke off the handshake: ${reason}`;
  // Node.js gives this code of its own also to a connection that was closed in order.
  const closed = "code" in error && error.code === "ECONNRESET";
  return closed ? `${who} closed the connection during the handshake` : `${who}: ${systemCause(error)}`;
}

/** For whoever listens next: OpenSSL's own text is made for programmers. */
function sayInWords(error: Error): void {
  const reason = tlsReason(error);
  if (reason !== undefined) error.message = `TLS: ${reason}`;
}
