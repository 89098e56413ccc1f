// The relay's end of all sessions: who may open or resume one, and how many there may be. It is independent of how lines
// and connections to the master are opened.
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Timer } from "../../base/clock.ts";
import { transportErrors } from "../errors.ts";
import type { FrameOf } from "./frames.ts";
import { isProven, MAGIC } from "./proofs.ts";
import { RelayLine } from "./relay-line.ts";
import { RelaySession, type SessionContext, type SessionReport } from "./relay-session.ts";

/** Lines that have not shown what they want. While others wait, the oldest is closed when it has had a second. */
const MOST_HALF_OPEN = 64;
const SHORTEST_OPENING_MS = 1000;
/** Includes the time for which a line waits. */
const OPENING_LIMIT_MS = 10_000;
/** Ended sessions whose workers can still learn the reason. */
const MOST_REMEMBERED = 1000;
const LISTED_SESSIONS = 1000;

export interface RelayOptions extends SessionContext {
  /** Shared with all workers. */
  readonly key: Uint8Array;
  readonly mostSessions: number;
  readonly openMaster: (signal: AbortSignal) => Promise<Socket>;
}

export interface RelayReport {
  readonly half_open: number;
  readonly session_count: number;
  readonly sessions: readonly SessionReport[];
}

/** A connection that has not shown what it wants. */
interface Opening {
  readonly socket: Socket;
  readonly secured: () => Socket;
  readonly timer: Timer;
}

export class Relay {
  readonly #options: RelayOptions;
  /** With the times since when they are read. */
  readonly #halfOpen = new Map<Opening, number>();
  /** Not read, and as many as there may be sessions: after an outage, all workers return at once. */
  readonly #waiting: Opening[] = [];
  #turn: Timer | undefined;
  readonly #sessions = new Map<string, RelaySession>();
  /** The same by their instances: after an outage, thousands open at once. */
  readonly #instances = new Map<string, RelaySession>();
  readonly #ended = new Map<string, { readonly secret: Uint8Array; readonly reason: string }>();

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  report(): RelayReport {
    const sessions = [...this.#sessions.values()].slice(0, LISTED_SESSIONS).map((session) => session.report());
    return { half_open: this.#halfOpen.size, session_count: this.#sessions.size, sessions };
  }

  /** Takes over a paused connection; `secured` adds TLS to it. */
  accept(socket: Socket, secured: () => Socket): void {
    socket.on("error", () => {}); // the line reports it
    const timer = this.#options.clock.after(OPENING_LIMIT_MS, () => this.#drop(opening));
    const opening: Opening = { socket, secured, timer };
    this.#waiting.push(opening);
    this.#admit();
    const [oldest = opening] = this.#waiting;
    if (this.#waiting.length > this.#options.mostSessions) this.#drop(oldest);
  }

  /** Ends all sessions, and with them the connections to the master. */
  close(): void {
    this.#turn?.cancel();
    for (const opening of [...this.#waiting, ...this.#halfOpen.keys()]) this.#drop(opening);
    for (const session of this.#sessions.values()) session.end("the relay is stopping");
  }

  /** The newest first: behind many silent lines, a worker would wait too long, and one that is given up comes again. */
  #admit(): void {
    const { clock } = this.#options;
    for (let next = this.#waiting.at(-1); next !== undefined; next = this.#waiting.at(-1)) {
      const [oldest] = this.#halfOpen;
      if (oldest !== undefined && this.#halfOpen.size >= MOST_HALF_OPEN) {
        const leftMs = oldest[1] + SHORTEST_OPENING_MS - clock.nowMs();
        if (leftMs > 0) {
          this.#turn ??= clock.after(leftMs, () => {
            this.#turn = undefined;
            this.#admit();
          });
          return;
        }
        this.#drop(oldest[0]);
      }
      this.#waiting.pop();
      this.#challenge(next);
    }
  }

  #challenge(opening: Opening): void {
    const { clock } = this.#options;
    this.#halfOpen.set(opening, clock.nowMs());
    const nonce = randomBytes(32);
    const line = new RelayLine(opening.secured(), clock, {
      onEnd: () => this.#release(opening),
      onFrame: (frame) => {
        if (frame.type === "ping") return;
        const isOpening = this.#halfOpen.has(opening) && (frame.type === "new" || frame.type === "resume");
        if (!isOpening) throw transportErrors.relayProtocol(`sent an unexpected frame '${frame.type}'`);
        this.#release(opening);
        const refusal = frame.type === "new" ? this.#open(line, frame, nonce) : this.#resume(line, frame, nonce);
        if (refusal !== undefined) line.close({ type: "refuse", reason: refusal });
      },
    });
    line.send({ type: "challenge", magic: MAGIC, nonce });
  }

  #drop(opening: Opening): void {
    this.#forget(opening);
    opening.socket.destroy();
  }

  /** It is a session's line, or nobody's. */
  #release(opening: Opening): void {
    this.#forget(opening);
    this.#admit();
  }

  #forget(opening: Opening): void {
    opening.timer.cancel();
    if (this.#halfOpen.delete(opening)) return;
    const index = this.#waiting.indexOf(opening);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  /** Why it is refused. */
  #open(line: RelayLine, opening: FrameOf<"new">, nonce: Uint8Array): string | undefined {
    const { key, mostSessions, openMaster } = this.#options;
    const id = Buffer.from(opening.id).toString("hex");
    if (!isProven(opening, key, nonce)) return "the key is not that of this relay";
    if (this.#sessions.has(id) || this.#ended.has(id)) return "there was a session of that id";
    // Its connection to the master ends before the new one begins, or the master would take them for two workers.
    const instance = Buffer.from(opening.instance).toString("hex");
    this.#instances.get(instance)?.end("the worker has opened another session");
    if (this.#sessions.size >= mostSessions) return `it has ${mostSessions} sessions, which is its limit`;
    const session = new RelaySession(opening, this.#options, (reason) => {
      this.#sessions.delete(id);
      if (this.#instances.get(instance) === session) this.#instances.delete(instance);
      this.#ended.set(id, { secret: session.secret, reason });
      const [oldest = id] = this.#ended.keys();
      if (this.#ended.size > MOST_REMEMBERED) this.#ended.delete(oldest);
    });
    this.#sessions.set(id, session);
    this.#instances.set(instance, session);
    void session.open(line, openMaster);
    return undefined;
  }

  #resume(line: RelayLine, opening: FrameOf<"resume">, nonce: Uint8Array): string | undefined {
    const id = Buffer.from(opening.id).toString("hex");
    const session = this.#sessions.get(id);
    const ended = this.#ended.get(id);
    const known = session ?? ended;
    if (known === undefined || !isProven(opening, known.secret, nonce)) {
      return "it has no such session; it may have been restarted";
    }
    if (session?.hasMaster !== true) return ended?.reason ?? "the session has not begun";
    session.resume(line, opening.have);
    return undefined;
  }
}
