// The connections of the status page: only so many, each with one request at a time, and only so much over all of them
// that waits to be taken. The one that has been idle longest gives way. Nothing is counted by address: behind a proxy all
// visitors have one. Knows nothing of what is answered.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock, Timer } from "../../base/clock.ts";

export interface ConnectionLimits {
  /** Of all visitors. */
  readonly connections: number;
  /** Of answers that visitors have not taken yet, summed over all connections when a new answer begins. */
  readonly unsentBytes: number;
  /** A request's headers and its form have to be there by then. */
  readonly requestMs: number;
  /** A connection on which nothing moves is ended after this. */
  readonly silenceMs: number;
}

export const connectionLimits: ConnectionLimits = {
  connections: 256,
  unsentBytes: 32 * 1024 * 1024,
  requestMs: 30_000,
  silenceMs: 30_000,
};

const CHECK_MS = 1000;

interface Progress {
  readonly movedBytes: number;
  readonly sinceMs: number;
}

export class Connections {
  readonly #clock: Clock;
  readonly #limits: ConnectionLimits;
  /** In the order in which something moved last: the one that has been idle longest is the first. */
  readonly #open = new Map<Socket, Progress>();
  readonly #answering = new WeakSet<Socket>();
  #timer: Timer | undefined;

  constructor(clock: Clock, limits: ConnectionLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  add(socket: Socket): void {
    this.#check();
    const [idlest] = this.#open.keys();
    if (idlest !== undefined && this.#open.size >= this.#limits.connections) this.#end(idlest);
    this.#open.set(socket, { movedBytes: 0, sinceMs: this.#clock.nowMs() });
    socket.once("close", () => this.#open.delete(socket));
    this.#timer ??= this.#clock.after(CHECK_MS, () => this.#checkAgain());
  }

  /**
   * Whether to answer a request. One that comes before the last is answered ends the connection: browsers send none, and
   * the answers would pile up.
   */
  admits({ socket }: IncomingMessage, outgoing: ServerResponse): boolean {
    if (this.#answering.has(socket)) this.#end(socket);
    if (socket.destroyed) return false;
    this.#answering.add(socket);
    outgoing.once("close", () => this.#answering.delete(socket));
    return true;
  }

  /** Ends connections that hold unsent bytes, the idlest first, until the sum is within the limit. */
  makeRoom(): void {
    this.#check();
    let unsentBytes = 0;
    for (const socket of this.#open.keys()) unsentBytes += socket.writableLength;
    for (const socket of this.#open.keys()) {
      if (unsentBytes <= this.#limits.unsentBytes) return;
      unsentBytes -= socket.writableLength;
      if (socket.writableLength > 0) this.#end(socket);
    }
  }

  close(): void {
    this.#timer?.cancel();
  }

  #checkAgain(): void {
    this.#check();
    this.#timer = this.#open.size === 0 ? undefined : this.#clock.after(CHECK_MS, () => this.#checkAgain());
  }

  #check(): void {
    const nowMs = this.#clock.nowMs();
    for (const [socket, before] of this.#open) {
      const movedBytes = movedBytesOf(socket);
      if (movedBytes !== before.movedBytes) {
        this.#open.delete(socket);
        this.#open.set(socket, { movedBytes, sinceMs: nowMs });
      } else if (nowMs - before.sinceMs >= this.#limits.silenceMs) {
        this.#end(socket);
      }
    }
  }

  #end(socket: Socket): void {
    this.#open.delete(socket);
    socket.destroy();
  }
}

/** A number that changes whenever a byte came from the visitor, or was taken on its way to it. */
function movedBytesOf(socket: Socket): number {
  // Only libuv knows how much is left of a write in progress; without that, a write counts when it is done.
  const { _handle: handle } = socket as { readonly _handle?: { readonly writeQueueSize?: number } | null };
  return socket.bytesRead + socket.bytesWritten - socket.writableLength - (handle?.writeQueueSize ?? 0);
}
