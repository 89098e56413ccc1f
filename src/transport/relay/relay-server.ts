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

/** Lines that have not shown what they want. With more, the oldest is closed if it has had a second. */
const MOST_HALF_OPEN = 64;
const SHORTEST_OPENING_MS = 1000;
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

interface HalfOpen {
  readonly socket: Socket;
  readonly sinceMs: number;
  readonly timer: Timer;
}

export class Relay {
  readonly #options: RelayOptions;
  readonly #halfOpen = new Set<HalfOpen>();
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

  /** Takes over a connection. `raw`: the socket below its TLS, or the same. */
  accept(socket: Socket, raw: Socket): void {
    const { clock } = this.#options;
    raw.on("error", () => {}); // the line reports it
    socket.on("error", () => {});
    const opened = this.#admit(raw);
    if (opened === undefined) return void raw.destroy();
    const nonce = randomBytes(32);
    const line = new RelayLine(socket, clock, {
      onEnd: () => this.#release(opened),
      onFrame: (frame) => {
        if (frame.type === "ping") return;
        const isOpening = this.#halfOpen.has(opened) && (frame.type === "new" || frame.type === "resume");
        if (!isOpening) throw transportErrors.relayProtocol(`sent an unexpected frame '${frame.type}'`);
        this.#release(opened);
        const refusal = frame.type === "new" ? this.#open(line, frame, nonce) : this.#resume(line, frame, nonce);
        if (refusal !== undefined) line.close({ type: "refuse", reason: refusal });
      },
    });
    line.send({ type: "challenge", magic: MAGIC, nonce });
  }

  /** Ends all sessions, and with them the connections to the master. */
  close(): void {
    for (const { socket } of this.#halfOpen) socket.destroy();
    for (const session of this.#sessions.values()) session.end("the relay is stopping");
  }

  #admit(socket: Socket): HalfOpen | undefined {
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    const [oldest] = this.#halfOpen;
    if (oldest !== undefined && this.#halfOpen.size >= MOST_HALF_OPEN) {
      if (nowMs - oldest.sinceMs < SHORTEST_OPENING_MS) return undefined;
      oldest.socket.destroy();
      this.#release(oldest);
    }
    const opened = { socket, sinceMs: nowMs, timer: clock.after(OPENING_LIMIT_MS, () => socket.destroy()) };
    this.#halfOpen.add(opened);
    return opened;
  }

  #release(opened: HalfOpen): void {
    opened.timer.cancel();
    this.#halfOpen.delete(opened);
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
