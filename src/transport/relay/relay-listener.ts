// Listens for the lines of workers: with TLS, except on loopback addresses and Unix sockets.
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { systemReason } from "../../base/system-error.ts";
import type { TcpEndpoint, UnixEndpoint } from "../endpoint.ts";
import { shownEndpoint } from "../endpoint.ts";
import { transportErrors } from "../errors.ts";
import { readPem } from "../pem-files.ts";
import type { Relay } from "./relay-server.ts";

/** Connections that the kernel holds until they are accepted: after an outage, all workers return at once. */
const BACKLOG = 4096;

export interface RelayListenerOptions {
  readonly listen: TcpEndpoint | UnixEndpoint;
  /** PEM files; undefined: without TLS. */
  readonly tls: { readonly certificatePath: string; readonly keyPath: string } | undefined;
  readonly relay: Relay;
  readonly log: (text: string) => void;
}

/** Rejects with ERR_ENDPOINT or ERR_TLS_FILE. */
export async function listenAsRelay({ listen, tls, relay, log }: RelayListenerOptions): Promise<Server> {
  const context = tls && createSecureContext({ cert: readPem(tls.certificatePath), key: readPem(tls.keyPath) });
  const secured = (raw: Socket) => new TLSSocket(raw, { isServer: true, secureContext: context });
  const server = createServer({ noDelay: true, keepAlive: true, pauseOnConnect: true }, (raw) => {
    relay.accept(raw, () => (context === undefined ? raw.resume() : secured(raw)));
  });
  const where = listen.kind === "unix" ? { path: listen.path } : { host: listen.host, port: listen.port };
  try {
    server.listen({ ...where, backlog: BACKLOG });
    await once(server, "listening");
  } catch (error) {
    throw transportErrors.endpoint.from(error, shownEndpoint(listen), `cannot listen: ${systemReason(error)}`);
  }
  server.on("error", (error) => log(`a connection cannot be accepted: ${systemReason(error)}`));
  return server;
}
