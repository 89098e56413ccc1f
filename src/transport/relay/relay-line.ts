// One connection between a worker and a relay: frames both ways, and its end when it breaks or nothing arrives. The
// stream that it carries outlives it.
import type { Socket } from "node:net";
import type { Clock, Timer } from "../../base/clock.ts";
import { durationText } from "../../base/duration.ts";
import { errorText } from "../../base/errors.ts";
import { systemCause } from "../system-cause.ts";
import { encodeFrame, type Frame, FrameReader } from "./frames.ts";

/** Data waits in the stream while the socket has more than this, so that acknowledgements are not stuck behind it. */
const QUEUED_BYTES = 64 * 1024;
/** How long a closed line may take to send what was written. */
const LINGER_MS = 2000;
const PINGS_PER_LIMIT = 4;
const SHORTEST_PING_MS = 100;

export interface LineEvents {
  /** May throw ERR_RELAY_PROTOCOL, which ends the line. */
  onFrame: (frame: Frame) => void;
  onDrain?: () => void;
  /** Called once; `reason` is a clause about the line. Not called after `close` or `drop`. */
  onEnd: (reason: string, error?: unknown) => void;
}

export class RelayLine {
  /** Replaced when the handshake is over. */
  events: LineEvents;
  readonly #socket: Socket;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #sinceHeardMs: () => number;
  #isOver = false;

  constructor(socket: Socket, clock: Clock, events: LineEvents) {
    this.events = events;
    this.#socket = socket;
    this.#clock = clock;
    this.#sinceHeardMs = stopwatch(clock);
    const reader = new FrameReader();
    socket.on("data", (chunk: Buffer) => {
      this.#sinceHeardMs = stopwatch(clock);
      try {
        if (!this.#isOver) reader.push(chunk, (frame) => !this.#isOver && this.events.onFrame(frame));
      } catch (error) {
        this.#end(errorText(error), error);
      }
    });
    socket.on("drain", () => this.events.onDrain?.());
    socket.on("error", (error) => this.#end(systemCause(error), error));
    socket.on("end", () => this.#end("it was closed"));
    socket.on("close", () => this.#end("it was closed"));
  }

  get hasRoom(): boolean {
    return this.#socket.writableLength < QUEUED_BYTES;
  }

  /** Of the last byte; a sleep of this host counts. */
  get silentMs(): number {
    return this.#sinceHeardMs();
  }

  send(frame: Frame): void {
    if (this.#isOver) return;
    const pieces = encodeFrame(frame);
    if (pieces.length > 1) this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    if (pieces.length > 1) this.#socket.uncork();
  }

  /** Sends pings, and ends the line when the peer is silent for this long. Replaces the last call. */
  keepAlive(limitMs: number): void {
    this.#timer?.cancel();
    if (this.#isOver) return;
    this.#timer = this.#clock.after(Math.max(limitMs / PINGS_PER_LIMIT, SHORTEST_PING_MS), () => {
      if (this.silentMs >= limitMs) return this.#end(`nothing came for ${durationText(this.silentMs)}`);
      this.send({ type: "ping" });
      this.keepAlive(limitMs);
    });
  }

  /** Sends a last frame, and closes. */
  close(frame: Frame): void {
    this.send(frame);
    this.#isOver = true;
    this.#timer?.cancel();
    this.#socket.end();
    this.#timer = this.#clock.after(LINGER_MS, () => this.#socket.destroy());
  }

  drop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#socket.destroy();
  }

  #end(reason: string, error?: unknown): void {
    const wasOver = this.#isOver;
    this.drop();
    if (!wasOver) this.events.onEnd(reason, error);
  }
}

/** Measures time by both clocks: on most systems only one of them counts while the host sleeps. */
export function stopwatch(clock: Clock): () => number {
  const [startMs, startWallMs] = [clock.nowMs(), clock.date().getTime()];
  return () => Math.max(clock.nowMs() - startMs, clock.date().getTime() - startWallMs);
}
