// Listens for workers, of either protocol: everybody is a stranger first, who shows a password, and then a worker whom the
// master has let in.
import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import type { LoginDelays } from "../login-delays.ts";
import type { ListenerConfig } from "../master-config.ts";
import type { WorkerRegistry } from "../worker-link.ts";
import { accept, type WorkerListener } from "./accept.ts";
import { Admission } from "./admission.ts";
import { type ConnectionContext, IncomingConnection } from "./incoming-connection.ts";
import { msgpackServer } from "./msgpack/msgpack-connection.ts";
import { servePb } from "./pb/pb-connection.ts";
import { rateLimited } from "./rate-limited.ts";

export interface ListenerContext {
  /** Of all listeners of a master. */
  readonly loginDelays: LoginDelays;
  readonly clock: Clock;
  readonly log: (text: string) => void;
}

/** To close it ends the connections of those that are there. Rejects with ERR_LISTEN or ERR_TLS_FILE. */
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
    log: rateLimited(log, clock),
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

/** Not at once: Node.js 20 dies when the socket below TLS goes while it works on a handshake. */
function destroySoon(socket: Socket): void {
  setImmediate(() => socket.destroy());
}
