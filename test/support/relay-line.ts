// One direction of a relayed connection: what goes in comes out later, slower and in smaller pieces. It knows time only as
// a clock that is passed in, and no sockets.
import type { Clock, Timer } from "../../src/base/clock.ts";

export interface LineConditions {
  /** Default 0. */
  readonly delayMs?: number;
  /** Default: as many as come. */
  readonly bytesPerSecond?: number;
  /** The largest piece, each delivered in a turn of its own; default: as they come. */
  readonly pieceBytes?: number;
  /** Whether every bit of what goes in comes out as the opposite. */
  readonly corrupts?: boolean;
}

export interface RelayLineOptions {
  readonly clock: Clock;
  /** Has a function called in a later turn of the event loop. */
  readonly turn: (next: () => void) => void;
  readonly deliver: (chunk: Uint8Array) => void;
  /** Everything was delivered, and nothing more will go in. */
  readonly finish: () => void;
}

interface Piece {
  readonly chunk: Uint8Array | "the end";
  readonly dueMs: number;
  readonly isTurn: boolean;
}

export class RelayLine {
  conditions: LineConditions = {};
  readonly #options: RelayLineOptions;
  readonly #waiting: Piece[] = [];
  #waitingBytes = 0;
  #timer: Timer | undefined;
  #state: "running" | "in a turn" | "frozen" | "cut" = "running";
  /** When the last byte that went in will have gone through. */
  #freeMs = 0;

  constructor(options: RelayLineOptions) {
    this.#options = options;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  push(chunk: Uint8Array): void {
    const { pieceBytes = chunk.length, corrupts = false } = this.conditions;
    const sent = corrupts ? chunk.map((byte) => ~byte) : chunk;
    for (let at = 0; at < sent.length; at += pieceBytes) this.#add(sent.subarray(at, at + pieceBytes));
    this.#run();
  }

  /** Nothing more goes in; it comes out behind all that did. */
  end(): void {
    this.#add("the end");
    this.#run();
  }

  /** Nothing comes out until it thaws; what is in stays in. */
  freeze(): void {
    if (this.#state === "cut") return;
    this.#state = "frozen";
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  thaw(): void {
    if (this.#state !== "frozen") return;
    this.#state = "running";
    this.#run();
  }

  /** Nothing comes out ever again, not even an end. */
  cut(): void {
    this.freeze();
    this.#state = "cut";
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
  }

  #add(chunk: Uint8Array | "the end"): void {
    if (this.#state === "cut") return;
    const { delayMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY, pieceBytes } = this.conditions;
    const bytes = bytesOf(chunk);
    this.#freeMs = Math.max(this.#freeMs, this.#options.clock.nowMs()) + (bytes / bytesPerSecond) * 1000;
    this.#waiting.push({ chunk, dueMs: this.#freeMs + delayMs, isTurn: pieceBytes !== undefined });
    this.#waitingBytes += bytes;
  }

  /** Delivers what is due, in order, and waits for the rest. */
  #run(): void {
    while (this.#state === "running" && this.#timer === undefined) {
      const next = this.#waiting[0];
      if (next === undefined) return;
      const missingMs = next.dueMs - this.#options.clock.nowMs();
      if (missingMs > 0) return this.#wait(missingMs);
      this.#waiting.shift();
      this.#waitingBytes -= bytesOf(next.chunk);
      if (next.isTurn) this.#rest();
      if (next.chunk === "the end") this.#options.finish();
      else this.#options.deliver(next.chunk);
    }
  }

  #wait(missingMs: number): void {
    this.#timer = this.#options.clock.after(missingMs, () => {
      this.#timer = undefined;
      this.#run();
    });
  }

  #rest(): void {
    this.#state = "in a turn";
    this.#options.turn(() => {
      if (this.#state !== "in a turn") return;
      this.#state = "running";
      this.#run();
    });
  }
}

function bytesOf(chunk: Uint8Array | "the end"): number {
  return chunk === "the end" ? 0 : chunk.length;
}
