// Listens for workers, of either protocol: everybody is a stranger first, then a visitor who shows a password, then a worker
// whom the master has let in.
import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import type { LoginDelays } from "../login-delays.ts";
import type { ListenerConfig } from "../master-config.ts";
import type { WorkerRegistry } from "../worker-link.ts";
import { accept, type Passage } from "./accept.ts";
import { Admission } from "./admission.ts";
import { msgpackServer } from "./msgpack/msgpack-visitor.ts";
import { servePb } from "./pb/pb-visitor.ts";
import { rationed } from "./rationed.ts";
import type { Arrival, Visitor, VisitorContext } from "./visitor.ts";

export interface ListenerContext {
  /** Of all listeners of a master. */
  readonly loginDelays: LoginDelays;
  readonly clock: Clock;
  readonly log: (text: string) => void;
}

export interface WorkerListener {
  readonly port: number;
  /** Takes no more workers, and ends the connections of those that are there. */
  close(): Promise<void>;
}

type Serve = (socket: Socket, arrival: Arrival) => void;

/** Rejects with ERR_LISTEN or ERR_TLS_FILE. */
export async function listenForWorkers(
  config: ListenerConfig,
  registry: WorkerRegistry,
  { loginDelays, clock, log }: ListenerContext,
): Promise<WorkerListener> {
  const visitors = new Set<Visitor>();
  const context: VisitorContext = {
    registry,
    loginDelays,
    visitors,
    clock,
    log: rationed(log, clock),
    onBug: (error) => log(`internal error of the master: ${error instanceof Error ? error.stack : String(error)}`),
  };
  const admission = new Admission(clock);
  const open = new Set<Socket>();
  const serve: Serve =
    config.protocol === "pb" ? (socket, arrival) => servePb(socket, arrival, context) : msgpackServer(context);

  function onConnection(socket: Socket, peer: string): Passage {
    open.add(socket);
    const leave = (clause: string) => {
      context.log(`the worker at ${peer} ${clause}; its connection is ended`);
      destroySoon(socket);
    };
    const ticket = admission.enter(leave);
    const { remoteAddress: address = "" } = socket;
    socket.once("close", () => {
      open.delete(socket);
      ticket.end();
    });
    return { onOpen: (opened) => serve(opened, { peer, address, ticket }), onFailed: leave };
  }

  const accepting = await accept(config, { onConnection });
  return {
    port: accepting.port,
    close() {
      const closed = accepting.close();
      for (const visitor of visitors) visitor.leave("the master is stopping");
      for (const socket of open) destroySoon(socket);
      return closed;
    },
  };
}

/** Not at once: Node.js 20 dies when the socket below TLS goes while it works on a handshake. */
function destroySoon(socket: Socket): void {
  setImmediate(() => socket.destroy());
}
