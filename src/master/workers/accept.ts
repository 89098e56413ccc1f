// Accepts connections of workers on a port, with or without TLS. The clients are not authenticated yet. Independent of
// the protocol.
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { errorText } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { readCertificates, readPem, readPrivateKey, tlsReason, transportErrors } from "../../transport/index.ts";
import { masterErrors } from "../errors.ts";
import type { ListenerConfig } from "../master-config.ts";
import { ADMISSION_LIMIT_MS } from "./admission.ts";

/** Per listener, whether authenticated or not. */
const MAX_CONNECTIONS = 2000;
/** Idle time before the system sends TCP keepalive probes. */
const PROBE_AFTER_MS = 60_000;

export interface AcceptedEvents {
  /** The connection is established; `socket` is the TCP socket, or the TLS socket. */
  readonly onOpen: (socket: Socket) => void;
  /** The TLS handshake failed; the clause says why. */
  readonly onFailed: (clause: string) => void;
}

export interface WorkerListener {
  readonly port: number;
  /** Stops accepting; resolves when all accepted connections are closed. */
  close(): Promise<void>;
}

/**
 * Calls `onConnection` as soon as a socket is connected; it must not be read before `onOpen`. Rejects with ERR_LISTEN
 * or ERR_TLS_FILE.
 */
export async function accept(
  config: ListenerConfig,
  onConnection: (socket: Socket, peer: string) => AcceptedEvents,
): Promise<WorkerListener> {
  const secure = config.tls === undefined ? undefined : secureWith(config.tls);
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_MS }, (socket) => {
    socket.on("error", () => {}); // its user has its own listener
    // The client has disconnected already.
    if (socket.remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const events = onConnection(socket, peerOf(socket));
    if (secure === undefined) events.onOpen(socket);
    else secure(socket, events);
  });
  server.maxConnections = MAX_CONNECTIONS;
  const port = await listen(server, config);
  return { port, close: () => new Promise((resolve) => void server.close(() => resolve())) };
}

async function listen(server: Server, { host, port }: ListenerConfig): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(masterErrors.listen.from(error, `${host}:${port}`, systemReason(error))));
    server.listen({ host, port }, resolve);
  });
  server.on("error", () => {}); // a single connection could not be accepted
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/**
 * Returns a function that starts TLS on a connected socket. Node links a TLS socket to its TCP socket only by the
 * address.
 */
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
        // Checked below, since Node.js does not report the connections that it rejects.
        rejectUnauthorized: false,
      }),
    },
    (socket: TLSSocket) => {
      socket.on("error", () => {}); // as above
      const events = handshaking.get(peerOf(socket));
      const fault = clientAuthorities === undefined ? undefined : certificateFault(socket);
      if (fault === undefined && events !== undefined) return events.onOpen(socket);
      events?.onFailed(fault ?? "disconnected");
      socket.destroy();
    },
  );
  server.on("tlsClientError", (error, socket) => {
    handshaking.get(peerOf(socket))?.onFailed(`failed the TLS handshake: ${tlsReason(error) ?? errorText(error)}`);
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
  if (socket.getPeerX509Certificate() === undefined) return "presents no certificate, which this listener requires";
  return `presents a certificate that is not trusted (${String(socket.authorizationError)})`;
}

function peerOf({ remoteAddress = "", remotePort = 0 }: Socket): string {
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, "");
  return address.includes(":") ? `[${address}]:${remotePort}` : `${address}:${remotePort}`;
}
