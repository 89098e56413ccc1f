// Servers on loopback for one test, of any kind, that end with all their connections.
import { once } from "node:events";
import { connect, createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type CertificatePair, contentOf } from "./certificates.ts";

export interface Listening {
  readonly port: number;
  /** How many connections it has had. */
  readonly accepted: () => number;
  /** Ends it and whatever is connected to it. */
  end(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1, or on a path. */
export function listen(server: Server, path?: string): Promise<Listening> {
  return listenAt(server, path === undefined ? { host: "127.0.0.1", port: 0 } : { path });
}

export async function listenAt(server: Server, where: ListenOptions): Promise<Listening> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on("connection", (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {}); // the peer broke off, as it may
  });
  server.listen(where);
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    accepted: () => accepted,
    async end() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A server that does this with each connection. */
export function plainServer(greet: (socket: Socket) => void): Server {
  return createServer({ noDelay: true }, greet);
}

/** Leads what comes on a socket to a port, and back. */
export function lead(socket: Socket, port: number): void {
  const onward = connect(port, "127.0.0.1");
  onward.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  socket.on("error", () => onward.destroy()).on("close", () => onward.destroy());
  socket.pipe(onward).pipe(socket);
}

/** A port that speaks TLS with this certificate, and behind it another one. */
export function listenOverTls(certificate: CertificatePair, port: number): Promise<Listening> {
  const server = createTlsServer(contentOf(certificate), (socket) => lead(socket, port));
  server.on("tlsClientError", () => {}); // the worker broke off, as it may
  return listen(server);
}

/** What comes on a socket, once there are so many bytes of it; the socket is read no further by this. */
export async function received(socket: Socket, count: number): Promise<string> {
  let text = "";
  for (;;) {
    const chunk: Buffer | null = socket.read();
    if (chunk !== null) text += chunk.toString("latin1");
    if (text.length >= count) return text;
    if (socket.readableEnded) throw new Error(`it ended after ${JSON.stringify(text)}`);
    if (chunk === null) await Promise.race([once(socket, "readable"), once(socket, "end")]);
  }
}
