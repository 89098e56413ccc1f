// A TCP relay between worker and master that a test tells what the network does: it delays, throttles, cuts into pieces,
// corrupts, freezes, refuses, leads elsewhere, and breaks connections off in the three ways that networks have.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { type LineConditions, RelayLine } from "./relay-line.ts";

const LOOPBACK = "127.0.0.1";

/** When so much waits in a direction, its source is not read any more, as when the buffers of a network are full. */
const WAITING_LIMIT_BYTES = 16 * 1024 * 1024;

export type Direction = "toMaster" | "toWorker";

/** `fin`: both sides are told of an orderly end; `rst`: of a broken one; `silence`: nobody is told anything any more. */
export type Cut = "fin" | "rst" | "silence";

export interface RelayOptions {
  /** The master's, on loopback. */
  readonly port: number;
  /** The address that workers connect to; default: that of loopback. */
  readonly host?: string;
  readonly clock?: Clock;
  readonly toMaster?: LineConditions;
  readonly toWorker?: LineConditions;
}

export class Relay {
  readonly port: number;
  readonly #server: Server;
  readonly #options: RelayOptions;
  readonly #connections = new Set<RelayedConnection>();
  readonly #conditions: Record<Direction, LineConditions>;
  readonly #frozen = new Set<Direction>();
  #targetPort: number;
  /** All that ever were. */
  connectionsMade = 0;

  private constructor(server: Server, options: RelayOptions) {
    const address = server.address();
    this.port = typeof address === "object" ? (address?.port ?? 0) : 0;
    this.#server = server;
    this.#options = options;
    this.#targetPort = options.port;
    this.#conditions = { toMaster: options.toMaster ?? {}, toWorker: options.toWorker ?? {} };
    server.on("connection", (worker) => this.#relay(worker));
  }

  static async listen(options: RelayOptions): Promise<Relay> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    server.listen(0, options.host ?? LOOPBACK);
    await once(server, "listening");
    return new Relay(server, options);
  }

  /** Connections that are open at either end. */
  get connections(): number {
    return this.#connections.size;
  }

  /** For what comes from now on, on all connections. */
  setConditions(direction: Direction, conditions: LineConditions): void {
    this.#conditions[direction] = conditions;
    for (const connection of this.#connections) connection.lines[direction].conditions = conditions;
  }

  /** Nothing comes through in this direction until it thaws, and soon nothing can be sent either. */
  freeze(direction: Direction): void {
    this.#frozen.add(direction);
    for (const connection of this.#connections) connection.freeze(direction);
  }

  thaw(direction: Direction): void {
    this.#frozen.delete(direction);
    for (const connection of this.#connections) connection.thaw(direction);
  }

  /** Breaks all present connections off; later ones are not concerned. What is still under way is lost. */
  cut(how: Cut): void {
    for (const connection of this.#connections) connection.cut(how);
  }

  /** The next connections are refused, until it accepts again; present ones are not concerned. */
  refuse(): void {
    this.#server.close();
  }

  async accept(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.port, this.#options.host ?? LOOPBACK);
    await once(this.#server, "listening");
  }

  /** The next connections go to this port of loopback. */
  leadTo(port: number): void {
    this.#targetPort = port;
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #relay(worker: Socket): void {
    this.connectionsMade += 1;
    const { clock = systemClock } = this.#options;
    const master = connect({ port: this.#targetPort, host: LOOPBACK, noDelay: true, allowHalfOpen: true });
    const connection = new RelayedConnection(worker, master, clock);
    this.#connections.add(connection);
    for (const direction of ["toMaster", "toWorker"] as const) {
      connection.lines[direction].conditions = this.#conditions[direction];
      if (this.#frozen.has(direction)) connection.freeze(direction);
    }
    let open = 2;
    for (const socket of [worker, master]) {
      socket.once("close", () => {
        open -= 1;
        if (open === 0) this.#connections.delete(connection);
      });
    }
  }
}

class RelayedConnection {
  readonly lines: Readonly<Record<Direction, RelayLine>>;
  readonly #sources: Readonly<Record<Direction, Socket>>;
  readonly #sockets: readonly Socket[];

  constructor(worker: Socket, master: Socket, clock: Clock) {
    this.#sources = { toMaster: worker, toWorker: master };
    this.#sockets = [worker, master];
    this.lines = { toMaster: lineBetween(worker, master, clock), toWorker: lineBetween(master, worker, clock) };
    worker.on("error", () => reset(master));
    master.on("error", () => reset(worker));
  }

  freeze(direction: Direction): void {
    this.lines[direction].freeze();
    this.#sources[direction].pause();
  }

  thaw(direction: Direction): void {
    this.lines[direction].thaw();
    this.#sources[direction].resume();
  }

  cut(how: Cut): void {
    for (const line of Object.values(this.lines)) line.cut();
    for (const socket of this.#sockets) {
      if (how === "rst") reset(socket);
      else if (how === "fin") socket.end(() => socket.destroy());
      // What a silent network is sent is read, and forgotten by the line.
      else socket.resume();
    }
  }

  destroy(): void {
    for (const line of Object.values(this.lines)) line.cut();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function lineBetween(source: Socket, target: Socket, clock: Clock): RelayLine {
  const line = new RelayLine({
    clock,
    turn: (next) => void setImmediate(next),
    deliver(chunk) {
      if (target.writable) target.write(chunk);
      if (line.waitingBytes < WAITING_LIMIT_BYTES) source.resume();
    },
    finish: () => void target.end(),
  });
  source.on("data", (chunk: Buffer) => {
    line.push(chunk);
    if (line.waitingBytes >= WAITING_LIMIT_BYTES) source.pause();
  });
  source.on("end", () => line.end());
  target.on("close", () => {
    line.cut();
    source.resume();
  });
  return line;
}

function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}
