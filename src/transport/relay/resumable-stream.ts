// The state of one end of a byte stream that outlives its line: what is kept for the peer until it is acknowledged, and
// what was received. Knows neither sockets nor time.
import { transportErrors } from "../errors.ts";
import { DATA_LIMIT_BYTES, type Frame } from "./frames.ts";

/** Bytes that each end keeps for the other, and that may be received but not yet be written to the local side. */
const WINDOW_BYTES = 1024 * 1024;
/** Small writes are joined up to this size, since each piece takes memory of its own. */
const JOINED_BYTES = 4096;

export interface StreamEvents {
  /** Writes a frame to the line; called only between `attach` and `detach`. */
  readonly send: (frame: Frame) => void;
  /** Whether the line takes more data now; otherwise `pump` is called when it does. */
  readonly hasRoom: () => boolean;
  readonly deliver: (bytes: Uint8Array) => void;
  /** The peer's stream has ended after everything delivered; with a reason: it was reset. Called once. */
  readonly onEnd: (reason: string) => void;
  /** Fewer than half of the window is kept. */
  readonly onRoom: () => void;
}

export class ResumableStream {
  readonly #events: StreamEvents;
  /** The bytes from `#base` to `#next`. */
  #kept: Uint8Array[] = [];
  #base = 0;
  #sent = 0;
  #next = 0;
  /** Why our direction has ended; it then takes the number `#next`. */
  #end: string | undefined;
  #received = 0;
  #written = 0;
  #acknowledged = 0;
  #peerEnd: { readonly offset: number; readonly reason: string } | undefined;
  #toldEnd = false;
  #isAttached = false;

  constructor(events: StreamEvents) {
    this.#events = events;
  }

  /** What the peer has sent, up to which it need not be sent again. */
  get received(): number {
    return this.#received;
  }

  /** Bytes that the peer has not acknowledged. */
  get keptBytes(): number {
    return this.#next - Math.min(this.#base, this.#next);
  }

  get isFull(): boolean {
    return this.keptBytes >= WINDOW_BYTES;
  }

  /** What was written to the local side since the last acknowledgement. */
  get unacknowledgedBytes(): number {
    return this.#position - this.#acknowledged;
  }

  /** The peer has everything of our direction. */
  get isEndAcknowledged(): boolean {
    return this.#base > this.#next;
  }

  /** Both directions have ended, and each side has everything. */
  get isDone(): boolean {
    return this.isEndAcknowledged && this.#written === this.#peerEnd?.offset;
  }

  /** Copies the bytes: their owner may reuse the memory before the peer has acknowledged them. */
  write(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#end !== undefined) return;
    const last = this.#kept.at(-1);
    const isSmall = last !== undefined && last.length + bytes.length <= JOINED_BYTES;
    if (isSmall) this.#kept[this.#kept.length - 1] = Buffer.concat([last, bytes]);
    else this.#kept.push(Buffer.from(bytes));
    this.#next += bytes.length;
    this.pump();
  }

  /** Our direction ends here; with a reason: because the local side was reset. The first call counts. */
  end(reason: string): void {
    this.#end ??= reason;
    this.pump();
  }

  /** A line has come up; `have` is what its other end has received. Throws ERR_RELAY_PROTOCOL. */
  attach(have: number): void {
    if (have < this.#base || have > this.#limit) throw transportErrors.relayProtocol("has an impossible offset");
    this.#isAttached = true;
    // First, because freed room may be filled at once.
    this.#sent = have;
    this.#acknowledged = 0;
    this.#free(have);
    this.acknowledge();
    this.pump();
  }

  detach(): void {
    this.#isAttached = false;
  }

  /** Throws ERR_RELAY_PROTOCOL. Returns whether more of our bytes are acknowledged than before. */
  receive(frame: Frame): boolean {
    switch (frame.type) {
      case "data":
        this.#receiveData(frame.offset, frame.bytes);
        return false;
      case "ack":
        if (frame.offset > this.#sent) throw transportErrors.relayProtocol("acknowledges what was not sent");
        if (!this.#free(frame.offset)) return false;
        this.pump();
        return true;
      case "fin":
        this.#receiveEnd(frame.offset, frame.reason);
        return false;
      default:
        throw transportErrors.relayProtocol(`sent an unexpected frame '${frame.type}'`);
    }
  }

  /** The local side has taken this many more of the delivered bytes. */
  wrote(bytes: number): void {
    this.#written += bytes;
    this.#tellEnd();
  }

  acknowledge(): void {
    if (!this.#isAttached || this.unacknowledgedBytes <= 0) return;
    this.#acknowledged = this.#position;
    this.#events.send({ type: "ack", offset: this.#position });
  }

  /** Sends what is not yet sent on this line, while it has room and within the window. */
  pump(): void {
    const limit = Math.min(this.#next, this.#base + WINDOW_BYTES);
    while (this.#isAttached && this.#sent < limit && this.#events.hasRoom()) {
      const bytes = this.#keptAt(this.#sent).subarray(0, limit - this.#sent);
      const offset = this.#sent;
      this.#sent += bytes.length;
      this.#events.send({ type: "data", offset, bytes });
    }
    if (!this.#isAttached || this.#end === undefined || this.#sent !== this.#next) return;
    this.#sent += 1;
    this.#events.send({ type: "fin", offset: this.#next, reason: this.#end });
  }

  /** The number after our last. */
  get #limit(): number {
    return this.#next + (this.#end === undefined ? 0 : 1);
  }

  /** What can be acknowledged: everything written, and the end if it was reached. */
  get #position(): number {
    return this.#written + (this.#peerEnd?.offset === this.#written ? 1 : 0);
  }

  #keptAt(offset: number): Uint8Array {
    let start = this.#base;
    for (const piece of this.#kept) {
      if (offset < start + piece.length) return piece.subarray(offset - start, offset - start + DATA_LIMIT_BYTES);
      start += piece.length;
    }
    throw new Error("sent more than was kept");
  }

  #free(offset: number): boolean {
    if (offset <= this.#base) return false;
    const wasFull = this.keptBytes >= WINDOW_BYTES / 2;
    let piece = this.#kept[0];
    while (piece !== undefined && this.#base + piece.length <= offset) {
      this.#kept.shift();
      this.#base += piece.length;
      [piece] = this.#kept;
    }
    if (piece !== undefined) this.#kept[0] = piece.subarray(offset - this.#base);
    this.#base = offset;
    if (wasFull && this.keptBytes < WINDOW_BYTES / 2) this.#events.onRoom();
    return true;
  }

  #receiveData(offset: number, bytes: Uint8Array): void {
    if (offset > this.#received) throw transportErrors.relayProtocol("left out bytes");
    const fresh = bytes.subarray(this.#received - offset);
    if (fresh.length === 0) return;
    if (this.#peerEnd !== undefined) throw transportErrors.relayProtocol("sent bytes after its end");
    this.#received += fresh.length;
    if (this.#received - this.#written > WINDOW_BYTES) throw transportErrors.relayProtocol("ignores the window");
    this.#events.deliver(fresh);
  }

  #receiveEnd(offset: number, reason: string): void {
    if (this.#peerEnd !== undefined && offset === this.#peerEnd.offset) return;
    if (offset !== this.#received || this.#peerEnd !== undefined) {
      throw transportErrors.relayProtocol("ends at a wrong offset");
    }
    this.#received += 1;
    this.#peerEnd = { offset, reason };
    this.#tellEnd();
  }

  #tellEnd(): void {
    if (this.#peerEnd === undefined || this.#written !== this.#peerEnd.offset || this.#toldEnd) return;
    this.#toldEnd = true;
    this.#events.onEnd(this.#peerEnd.reason);
  }
}
