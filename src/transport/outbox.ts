// Outgoing messages of one socket, in two lanes: answers overtake output that waits. It moves bytes and knows no
// protocol. Little is given to the socket at a time, since nothing can overtake what the kernel has.
import type { Writable } from "node:stream";
import { baseErrors } from "../base/errors.ts";
import type { Lane } from "../base/lane.ts";

/** Bytes that may sit in the socket, or one message that is larger: the others wait here. */
const SOCKET_BYTES = 256 * 1024;
/** Bytes that may wait for a peer that does not read: prompt messages are small, and output is paused long before. */
const WAITING_LIMIT_BYTES = 64 * 1024 * 1024;

/** Messages below it are small. */
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

  /** Bytes that wait here, not counting the socket's own. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Throws ERR_SESSION_LIMIT when the peer has not read for too long; the caller closes the connection. */
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
      // A socket that asks nobody to wait is all but empty, and would not tell when it is.
      const { writableNeedDrain, writableLength } = this.#socket;
      if (writableNeedDrain && writableLength + bytes > SOCKET_BYTES) return;
      lane.shift();
      this.#waitingBytes -= bytes;
      this.#cork(bytes);
      for (const chunk of message) this.#socket.write(chunk);
    }
  }

  /**
   * One system call for all that is sent in this turn of the event loop. Small messages wait for those that the rest of
   * what was read in the turn leads to; there is nothing to be gained for large ones.
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
