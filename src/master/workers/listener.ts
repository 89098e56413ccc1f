// Listens for workers over either protocol. A client logs in first, and is then attached as a worker.
import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import type { LoginDelays } from "../login-delays.ts";
import type { ListenerConfig } from "../master-config.ts";
import { rateLimited } from "../rate-limited.ts";
import type { WorkerRegistry } from "../worker-link.ts";
import { accept, type WorkerListener } from "./accept.ts";
import { Admission } from "./admission.ts";
import { type ConnectionContext, IncomingConnection } from "./incoming-connection.ts";
import { msgpackServer } from "./msgpack/msgpack-connection.ts";
import { servePb } from "./pb/pb-connection.ts";

export interface ListenerContext {
  /** Shared by all listeners of a master. */
  readonly loginDelays: LoginDelays;
  readonly clock: Clock;
  readonly log: (text: string) => void;
}

/** Closing the listener closes its connections. Rejects with ERR_LISTEN or ERR_TLS_FILE. */
export async function listenForWorkers(
  config: ListenerConfig,
  registry: WorkerRegistry,
  { loginDelays, clock, log }: ListenerContext,
): Promise<WorkerListener> {
  const context: ConnectionContext = {
    registry,
    loginDelays,
    admission: new Admission(clock),
    connections: new Set(),
    clock,
    log: rateLimited("workers", log, clock),
    onBug: (error) => log(`internal error of the master: ${error instanceof Error ? error.stack : String(error)}`),
  };
  const open = new Set<Socket>();
  const serve = config.protocol === "pb" ? servePb : msgpackServer(context);
  const listener = await accept(config, (socket, peer) => {
    open.add(socket);
    const transport = { close: () => destroySoon(socket), pause() {}, resume() {} };
    const connection = new IncomingConnection({ peer, address: socket.remoteAddress ?? "", context, transport });
    socket.once("close", () => {
      open.delete(socket);
      if (!connection.isKnown) connection.gone("closed the connection");
    });
    return { onOpen: (opened) => serve(opened, connection), onFailed: (clause) => connection.end(clause) };
  });
  return {
    port: listener.port,
    close() {
      const closed = listener.close();
      for (const connection of context.connections) connection.close("the master is stopping");
      for (const socket of open) destroySoon(socket);
      return closed;
    },
  };
}

/** Deferred: Node.js 20 crashes if the TCP socket is destroyed during a TLS handshake. */
function destroySoon(socket: Socket): void {
  setImmediate(() => socket.destroy());
}
