// One end of a resumable stream as a socket: for the worker it stands for the connection to its master, and the relay
// copies it to and from that connection. It is independent of how a line is opened.
import { Duplex } from "node:stream";
import type { Clock, Timer } from "../../base/clock.ts";
import type { Frame } from "./frames.ts";
import { type RelayLine, stopwatch } from "./relay-line.ts";
import { ResumableStream } from "./resumable-stream.ts";

/** Acknowledgements wait for this many bytes or milliseconds. */
const ACKNOWLEDGED_BYTES = 64 * 1024;
const ACKNOWLEDGE_MS = 20;

export interface RelayStreamEvents {
  /** The line has ended and the stream goes on. */
  readonly onLost: (reason: string, line: RelayLine) => void;
  /** Closes the line, which is undefined while none is up; `reason` is for the peer. */
  readonly onDestroy: (line: RelayLine | undefined, reason: string) => void;
}

/** How long each end may be silent; `youngMs` holds until the stream is ready. */
export interface SilenceLimits {
  readonly youngMs: number;
  readonly readyMs: number;
}

export class RelayStream extends Duplex {
  readonly #clock: Clock;
  readonly #stream: ResumableStream;
  readonly #events: RelayStreamEvents;
  #limits: SilenceLimits = { youngMs: 0, readyMs: 0 };
  #line: RelayLine | undefined;
  #isReady = false;
  #resetReason = "";
  #unreadBytes = 0;
  #acknowledging: Timer | undefined;
  /** Continues a write that waits for room. */
  #onRoom: (() => void) | undefined;
  #sinceProgressMs: () => number;

  constructor(clock: Clock, events: RelayStreamEvents) {
    // Both sides may have ended while the peer has not got everything yet.
    super({ allowHalfOpen: true, autoDestroy: false });
    this.#clock = clock;
    this.#events = events;
    this.#sinceProgressMs = stopwatch(clock);
    this.#stream = new ResumableStream({
      send: (frame) => this.#line?.send(frame),
      hasRoom: () => this.#line?.hasRoom === true,
      deliver: (bytes) => this.#deliver(bytes),
      onEnd: (reason) => (reason === "" ? this.push(null) : this.#resetBy(reason)),
      onRoom: () => {
        const next = this.#onRoom;
        this.#onRoom = undefined;
        next?.();
      },
    });
  }

  /** While false, the stream ends with its line. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** What the peer has not acknowledged. */
  get waitingBytes(): number {
    return this.#stream.keptBytes + this.writableLength;
  }

  get received(): number {
    return this.#stream.received;
  }

  /** Time since the peer acknowledged more than before, or a new line came up. */
  get stalledMs(): number {
    return this.#sinceProgressMs();
  }

  /** Continues on `line`; `have` is what the peer has received. */
  attach(line: RelayLine, have: number, limits: SilenceLimits): void {
    this.detach();
    this.#limits = limits;
    line.events = {
      onFrame: (frame) => this.#attempt(() => this.#receive(frame)),
      onDrain: () => this.#stream.pump(),
      onEnd: (reason) => {
        this.detach();
        this.#events.onLost(reason, line);
      },
    };
    this.#line = line;
    // What waits has not had its chance yet.
    this.#sinceProgressMs = stopwatch(this.#clock);
    line.keepAlive(this.#isReady ? limits.readyMs : limits.youngMs);
    this.#attempt(() => this.#stream.attach(have));
  }

  /** Nothing more is read from the line. */
  detach(): void {
    const line = this.#line;
    this.#line = undefined;
    this.#stream.detach();
    line?.drop();
  }

  /** The worker is attached to its master: from now on the stream outlives its line. */
  markReady(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#line?.send({ type: "ready" });
    this.#line?.keepAlive(this.#limits.readyMs);
  }

  /** Ends the stream, and makes the peer reset its side when it has everything before. */
  reset(reason: string): void {
    this.#resetReason ||= reason;
    if (!this.writableEnded) this.end();
    this.#finishIfDone();
  }

  override _read(): void {
    const bytes = this.#unreadBytes;
    this.#unreadBytes = 0;
    this.#wrote(bytes);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#stream.write(chunk);
    if (this.#stream.isFull) this.#onRoom = done;
    else done();
  }

  override _final(done: () => void): void {
    this.#stream.end(this.#resetReason);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#acknowledging?.cancel();
    const line = this.#line;
    this.#line = undefined;
    this.#events.onDestroy(line, error?.message ?? "");
    done(error);
  }

  /** A well-formed frame that breaks the rules ends the stream, since no other line can repair it. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.destroy(error instanceof Error ? error : undefined);
    }
  }

  #receive(frame: Frame): void {
    if (frame.type === "ping") return;
    if (frame.type === "bye") return void this.destroy(new Error(frame.reason));
    if (frame.type === "ready") return this.markReady();
    if (this.#stream.receive(frame)) this.#sinceProgressMs = stopwatch(this.#clock);
    if (this.#stream.unacknowledgedBytes > 0) this.#acknowledgeSoon();
    this.#finishIfDone();
  }

  /** After what was delivered is read. */
  #resetBy(reason: string): void {
    const reset = () => void this.destroy(new Error(reason));
    setImmediate(() => {
      if (this.readableLength === 0) reset();
      else this.once("end", reset).push(null);
    });
  }

  #deliver(bytes: Uint8Array): void {
    if (this.push(bytes)) this.#wrote(bytes.length);
    else this.#unreadBytes += bytes.length;
  }

  #wrote(bytes: number): void {
    if (bytes > 0) this.#stream.wrote(bytes);
    this.#acknowledgeSoon();
  }

  #acknowledgeSoon(): void {
    const waitingBytes = this.#stream.unacknowledgedBytes;
    if (waitingBytes >= ACKNOWLEDGED_BYTES) this.#stream.acknowledge();
    else if (waitingBytes > 0) {
      this.#acknowledging ??= this.#clock.after(ACKNOWLEDGE_MS, () => {
        this.#acknowledging = undefined;
        this.#stream.acknowledge();
        this.#finishIfDone();
      });
    }
  }

  #finishIfDone(): void {
    if (!this.#stream.isDone && !(this.#resetReason !== "" && this.#stream.isEndAcknowledged)) return;
    this.#stream.acknowledge();
    this.destroy();
  }
}
