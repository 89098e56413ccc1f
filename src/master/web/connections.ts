// Limits the connections of the status page: their number, one request at a time for each, and the unsent bytes of all
// together. Beyond a limit, the longest idle connection is closed. Nothing is counted by address, since all visitors
// behind a proxy share one. Independent of the pages.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock, Timer } from "../../base/clock.ts";

export interface ConnectionLimits {
  /** For all visitors together. */
  readonly connections: number;
  /** Unsent bytes of answers on all connections, checked when a new answer begins. */
  readonly unsentBytes: number;
  /** Time for a request's headers and form to arrive. */
  readonly requestMs: number;
  /** Time without traffic after which a connection is closed. */
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
  /** In the order of their last traffic: the longest idle one is first. */
  readonly #open = new Map<Socket, Progress>();
  readonly #answering = new WeakSet<Socket>();
  #timer: Timer | undefined;

  constructor(clock: Clock, limits: ConnectionLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  add(socket: Socket): void {
    this.#check();
    const [longestIdle] = this.#open.keys();
    if (longestIdle !== undefined && this.#open.size >= this.#limits.connections) this.#end(longestIdle);
    this.#open.set(socket, { movedBytes: 0, sinceMs: this.#clock.nowMs() });
    socket.once("close", () => this.#open.delete(socket));
    this.#timer ??= this.#clock.after(CHECK_MS, () => this.#checkAgain());
  }

  /**
   * Whether to answer a request. A request before the previous answer is complete closes the connection: browsers do
   * not pipeline, and answers would pile up.
   */
  admits({ socket }: IncomingMessage, outgoing: ServerResponse): boolean {
    if (this.#answering.has(socket)) this.#end(socket);
    if (socket.destroyed) return false;
    this.#answering.add(socket);
    outgoing.once("close", () => this.#answering.delete(socket));
    return true;
  }

  /** Closes connections with unsent bytes, the longest idle first, until the sum is within the limit. */
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

/** A number that changes whenever a byte is received from the visitor or sent to it. */
function movedBytesOf(socket: Socket): number {
  // Only libuv knows the rest of a write in progress; without it, a write counts when it is complete.
  const { _handle: handle } = socket as { readonly _handle?: { readonly writeQueueSize?: number } | null };
  return socket.bytesRead + socket.bytesWritten - socket.writableLength - (handle?.writeQueueSize ?? 0);
}
