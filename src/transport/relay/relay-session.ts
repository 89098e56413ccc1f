// One session of a relay: the connection to the master, and the stream that carries its bytes over the worker's lines.
import type { Socket } from "node:net";
import type { Clock, Timer } from "../../base/clock.ts";
import { durationText } from "../../base/duration.ts";
import { hostAndPort } from "../endpoint.ts";
import { systemCause } from "../system-cause.ts";
import type { FrameOf } from "./frames.ts";
import type { RelayLine } from "./relay-line.ts";
import { RelayStream, type SilenceLimits } from "./relay-stream.ts";

/**
 * While a worker attaches over MessagePack, its master holds a lock that all workers and a reconfiguration need, so a
 * silent worker must be given up quickly. Later: long enough for a slow line, short enough for a lost one.
 */
const SILENCE_LIMITS: SilenceLimits = { youngMs: 2400, readyMs: 20_000 };

/** For a master that does not read the last bytes. */
const CLOSE_LIMIT_MS = 10_000;

export interface SessionContext {
  readonly clock: Clock;
  readonly log: (text: string) => void;
  /** How long a session waits for its worker; 0: it ends with its line. */
  readonly graceMs: number;
  /** For tests, instead of the usual ones. */
  readonly silenceLimits?: SilenceLimits | undefined;
}

export interface SessionReport {
  readonly worker: string;
  /** Of the relay's end of the connection to the master, which sees it as the worker's; null until there is one. */
  readonly address: string | null;
  readonly since: string;
  readonly state: "connecting" | "attaching" | "connected" | "waiting";
  /** For how long the worker has been gone; 0 when it is not. */
  readonly down_seconds: number;
  readonly waiting_bytes: number;
  /** The end of the last outage; null if there was none. */
  readonly resumed: { readonly at: string; readonly after_seconds: number } | null;
}

export class RelaySession {
  readonly secret: Uint8Array;
  /** The worker's name for log lines, without control characters. */
  readonly label: string;
  readonly #context: SessionContext;
  readonly #stream: RelayStream;
  readonly #since: Date;
  readonly #abort = new AbortController();
  /** The line of a session whose master has not answered, or the one that was lost. */
  #line: RelayLine | undefined;
  #master: Socket | undefined;
  #resumed: SessionReport["resumed"] = null;
  #holding: Timer | undefined;

  /** `onOver`: it ended; `reason` is for a worker that returns. */
  constructor(opening: FrameOf<"new">, context: SessionContext, onOver: (reason: string) => void) {
    this.secret = Buffer.from(opening.secret);
    this.label = opening.label.replaceAll(/\p{C}/gu, "?");
    this.#context = context;
    this.#since = context.clock.date();
    this.#stream = new RelayStream(context.clock, {
      onLost: (reason, line) => this.#lose(reason, line),
      onDestroy: (line, why) => {
        const reason = why === "" ? "both sides have closed the connection" : why.replaceAll(/\p{C}/gu, "?");
        this.#holding?.cancel();
        this.#abort.abort();
        this.#closeMaster(why === "");
        line?.close({ type: "bye", reason });
        context.log(`${this.label}: session ended: ${reason}`);
        onOver(reason);
      },
    });
    this.#stream.on("error", () => {}); // was the reason in onDestroy
  }

  get hasMaster(): boolean {
    return this.#master !== undefined;
  }

  /** Connects to the master before the worker is welcome: a dead master must not look like a live one. */
  async open(line: RelayLine, openMaster: (signal: AbortSignal) => Promise<Socket>): Promise<void> {
    line.events = { ...line.events, onEnd: (reason) => this.end(`the line was lost: ${reason}`) };
    try {
      const master = await openMaster(this.#abort.signal);
      if (this.#stream.destroyed) return void master.on("error", () => {}).destroy();
      this.#begin(line, master);
    } catch (error) {
      const reason = `its master cannot be reached: ${systemCause(error)}`;
      line.close({ type: "refuse", reason });
      this.end(reason);
    }
  }

  /** A line of the same worker replaces the one before, even if that still seems to be up. */
  resume(line: RelayLine, have: number): void {
    const silentMs = this.#line?.silentMs;
    const lasted = silentMs === undefined ? "before its old line was lost" : `after ${durationText(silentMs)}`;
    if (silentMs !== undefined) {
      const after_seconds = Math.round(silentMs / 100) / 10;
      this.#resumed = { at: this.#context.clock.date().toISOString(), after_seconds };
    }
    this.#stream.detach();
    this.#holding?.cancel();
    this.#line = undefined;
    this.#context.log(`${this.label}: resumed ${lasted}; ${this.#stream.waitingBytes} bytes waited`);
    this.#welcome(line, have);
    // Only attached workers resume.
    this.#stream.markReady();
  }

  end(reason: string): void {
    this.#stream.destroy(new Error(reason));
  }

  report(): SessionReport {
    const state = this.#stream.isReady ? "connected" : "attaching";
    const { localAddress, localPort = 0 } = this.#master ?? {};
    return {
      worker: this.label,
      address: localAddress === undefined ? null : hostAndPort(localAddress, localPort),
      since: this.#since.toISOString(),
      state: this.#line !== undefined ? "waiting" : this.hasMaster ? state : "connecting",
      down_seconds: Math.round((this.#line?.silentMs ?? 0) / 1000),
      waiting_bytes: this.#stream.waitingBytes,
      resumed: this.#resumed,
    };
  }

  /** `isOrderly`: after what was written, in a limited time. */
  #closeMaster(isOrderly: boolean): void {
    const master = this.#master;
    if (!isOrderly) return void master?.destroy();
    master?.destroySoon();
    const limit = this.#context.clock.after(CLOSE_LIMIT_MS, () => master?.destroy());
    master?.once("close", () => limit.cancel());
  }

  #begin(line: RelayLine, master: Socket): void {
    this.#master = master;
    master.setNoDelay(true).allowHalfOpen = true;
    master.on("error", (error) => this.#stream.reset(`${systemCause(error)} (at the relay)`));
    master.on("close", () => this.#stream.reset("the master has closed the connection"));
    master.pipe(this.#stream).pipe(master);
    this.#context.log(`${this.label}: session began`);
    this.#welcome(line, 0);
  }

  #welcome(line: RelayLine, have: number): void {
    const { graceMs, silenceLimits = SILENCE_LIMITS } = this.#context;
    line.send({ type: "welcome", have: this.#stream.received, graceMs, ...silenceLimits });
    this.#stream.attach(line, have, silenceLimits);
  }

  #lose(reason: string, line: RelayLine): void {
    const { clock, graceMs, log, silenceLimits = SILENCE_LIMITS } = this.#context;
    if (!this.#stream.isReady || graceMs === 0) return this.end(`the line was lost: ${reason}`);
    this.#line = line;
    log(`${this.label}: the line was lost: ${reason}; waiting ${durationText(graceMs)} for the worker`);
    // The worker gives up first, so that it never runs commands of a build that the master has started again.
    const holdMs = graceMs + silenceLimits.readyMs;
    this.#holding = clock.after(holdMs, () => this.end(`the worker was gone for ${durationText(holdMs)}`));
  }
}
