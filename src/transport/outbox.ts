// Outgoing messages of one socket, in two lanes: answers overtake waiting output. It moves bytes and knows no protocol.
// It gives the socket little at a time, since nothing can overtake what the kernel already has.
import type { Writable } from "node:stream";
import { baseErrors } from "../base/errors.ts";
import type { Lane } from "../base/lane.ts";

/** Bytes that may be queued in the socket, or a single larger message: others wait here. */
const SOCKET_BYTES = 256 * 1024;
/** Bytes that may wait for a peer that does not read. Prompt messages are small, and output is paused long before. */
const WAITING_LIMIT_BYTES = 64 * 1024 * 1024;

/** Messages below this size wait for others, see `#cork`. */
const SMALL_BYTES = 16 * 1024;

type Message = readonly Uint8Array[];

export class Outbox {
  readonly #socket: Writable;
  readonly #waiting: Record<Lane, Message[]> = { prompt: [], bulk: [] };
  #waitingBytes = 0;
  #corked = false;

  constructor(socket: Writable) {
    this.#socket = socket;
    socket.on("drain", () => this.#flush());
  }

  /** Bytes waiting here, not counting the socket's own buffer. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Throws ERR_SESSION_LIMIT when too many bytes wait for the peer; the caller then closes the connection. */
  send(message: Message, lane: Lane): void {
    if (!this.#socket.writable) return;
    this.#waiting[lane].push(message);
    this.#waitingBytes += bytesOf(message);
    if (this.#waitingBytes > WAITING_LIMIT_BYTES) {
      throw baseErrors.sessionLimit("unread bytes", WAITING_LIMIT_BYTES);
    }
    this.#flush();
  }

  #flush(): void {
    for (;;) {
      const lane = this.#waiting.prompt.length > 0 ? this.#waiting.prompt : this.#waiting.bulk;
      const [message] = lane;
      if (message === undefined) return;
      const bytes = bytesOf(message);
      // Without writableNeedDrain the socket is nearly empty, and would not emit "drain".
      const { writableNeedDrain, writableLength } = this.#socket;
      if (writableNeedDrain && writableLength + bytes > SOCKET_BYTES) return;
      lane.shift();
      this.#waitingBytes -= bytes;
      this.#cork(bytes);
      for (const chunk of message) this.#socket.write(chunk);
    }
  }

  /**
   * One system call for everything sent in this turn of the event loop. Small messages wait until all input read in
   * this turn is handled, since that may send more; large ones would gain nothing from it.
   */
  #cork(bytes: number): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    const uncork = () => {
      this.#corked = false;
      this.#socket.uncork();
    };
    if (bytes < SMALL_BYTES) setImmediate(uncork);
    else process.nextTick(uncork);
  }
}

function bytesOf(message: Message): number {
  return message.reduce((sum, chunk) => sum + chunk.length, 0);
}
