// Where workers come in: a port, with TLS or without, and each connection as a socket whose other side is a stranger yet. It
// knows no protocol of workers.
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { errorText } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { readCertificates, readPem, readPrivateKey, tlsReason, transportErrors } from "../../transport/index.ts";
import { masterErrors } from "../errors.ts";
import type { ListenerConfig } from "../master-config.ts";
import { ADMISSION_LIMIT_MS } from "./admission.ts";

/** Of one listener, strangers and workers. */
const MOST_CONNECTIONS = 2000;
/** After so long without a word the system begins to ask whether the other side is still there. */
const PROBE_AFTER_MS = 60_000;

export interface AcceptedEvents {
  /** It can be spoken to: `socket` is the same, or the one inside TLS. */
  readonly onOpen: (socket: Socket) => void;
  /** It does not get that far; the clause says why. */
  readonly onFailed: (clause: string) => void;
}

export interface WorkerListener {
  readonly port: number;
  /** Takes no more connections; resolves when all that were taken are over. */
  close(): Promise<void>;
}

/**
 * Calls `onConnection` as soon as a socket is connected, which is not to be read before `onOpen`. Rejects with ERR_LISTEN or
 * ERR_TLS_FILE.
 */
export async function accept(
  config: ListenerConfig,
  onConnection: (socket: Socket, peer: string) => AcceptedEvents,
): Promise<WorkerListener> {
  const secure = config.tls === undefined ? undefined : secureWith(config.tls);
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_MS }, (socket) => {
    socket.on("error", () => {}); // whoever uses it has a listener of his own
    // It is gone again already.
    if (socket.remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const events = onConnection(socket, peerOf(socket));
    if (secure === undefined) events.onOpen(socket);
    else secure(socket, events);
  });
  server.maxConnections = MOST_CONNECTIONS;
  const port = await listen(server, config);
  return { port, close: () => new Promise((resolve) => void server.close(() => resolve())) };
}

async function listen(server: Server, { host, port }: ListenerConfig): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(masterErrors.listen.from(error, `${host}:${port}`, systemReason(error))));
    server.listen({ host, port }, resolve);
  });
  server.on("error", () => {}); // one connection that could not be taken
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** Speaks TLS on sockets that are connected; which one a secure socket is inside of, Node tells by its address only. */
function secureWith(files: NonNullable<ListenerConfig["tls"]>): (socket: Socket, events: AcceptedEvents) => void {
  const handshaking = new Map<string, AcceptedEvents>();
  const { certificate, privateKey, clientAuthorities } = files;
  const { certificates } = readCertificates(certificate);
  if (certificates[0]?.checkPrivateKey(readPrivateKey(privateKey)) !== true) {
    throw transportErrors.tlsFile(privateKey, `the key does not belong to the certificate in ${certificate}`);
  }
  const server = createTlsServer(
    {
      cert: certificates.map(String).join(""),
      key: readPem(privateKey),
      minVersion: "TLSv1.2",
      handshakeTimeout: ADMISSION_LIMIT_MS,
      ...(clientAuthorities !== undefined && {
        ca: readCertificates(clientAuthorities).certificates.map(String),
        requestCert: true,
        // Judged below, since Node.js would say nothing about those that it refuses.
        rejectUnauthorized: false,
      }),
    },
    (socket: TLSSocket) => {
      socket.on("error", () => {}); // as above
      const events = handshaking.get(peerOf(socket));
      const fault = clientAuthorities === undefined ? undefined : certificateFault(socket);
      if (fault === undefined && events !== undefined) return events.onOpen(socket);
      events?.onFailed(fault ?? "is gone");
      socket.destroy();
    },
  );
  server.on("tlsClientError", (error, socket) => {
    handshaking.get(peerOf(socket))?.onFailed(`makes no TLS connection: ${tlsReason(error) ?? errorText(error)}`);
  });
  return (socket, events) => {
    const peer = peerOf(socket);
    handshaking.set(peer, events);
    socket.once("close", () => handshaking.delete(peer));
    server.emit("connection", socket);
  };
}

function certificateFault(socket: TLSSocket): string | undefined {
  if (socket.authorized) return undefined;
  if (socket.getPeerX509Certificate() === undefined)
    return "shows no certificate, and only workers with one are let in";
  return `shows a certificate that is not let in (${String(socket.authorizationError)})`;
}

function peerOf({ remoteAddress = "", remotePort = 0 }: Socket): string {
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, "");
  return address.includes(":") ? `[${address}]:${remotePort}` : `${address}:${remotePort}`;
}
