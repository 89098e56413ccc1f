// The worker's end of a connection through a relay: opens a session, and resumes it on a new line when one is lost, until
// the grace of the relay is over.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { hostname } from "node:os";
import { durationText, SECOND_MS } from "../../base/duration.ts";
import { errorText, WorkerError } from "../../base/errors.ts";
import { delay } from "../../base/waiting.ts";
import { transportErrors } from "../errors.ts";
import type { Relayed, RelayedReport, RelayRoute } from "../relayed.ts";
import { type ConnectOptions, runStage } from "../stage.ts";
import type { Frame, FrameOf } from "./frames.ts";
import { MAGIC, proven } from "./proofs.ts";
import { RelayLine } from "./relay-line.ts";
import { RelayStream } from "./relay-stream.ts";

/** For the answer of a relay, which connects to its master first. */
const HANDSHAKE_LIMIT_MS = 20_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;
/** How long a worker that stops tries to tell the relay. */
const FAREWELL_LIMIT_MS = 5000;
const INSTANCE_BYTES = 32;
const NO_PROOF = Buffer.alloc(32);

type OpenLine = (options: ConnectOptions) => Promise<Socket>;

/** Resolves to a socket that leads to the relay's master. Rejects with the error of the stage. */
export async function connectToRelay(route: RelayRoute, openLine: OpenLine, options: ConnectOptions): Promise<Socket> {
  const client = new RelayClient(route, openLine, options);
  await client.open(options);
  options.onRelayed?.(client);
  // What is used of a socket, streams have, too.
  return client.stream as unknown as Socket;
}

class RelayClient implements Relayed {
  readonly stream: RelayStream;
  readonly closed: Promise<void>;
  readonly #route: RelayRoute;
  readonly #openLine: OpenLine;
  readonly #options: ConnectOptions;
  readonly #id = randomBytes(16);
  readonly #secret = randomBytes(32);
  #resolveClosed: () => void = () => {};
  #graceMs = 0;
  /** The line that was lost, while there is no other. */
  #lost: RelayLine | undefined;
  #abort = new AbortController();
  #resumed = 0;
  #onLine = () => {};

  constructor(route: RelayRoute, openLine: OpenLine, options: ConnectOptions) {
    this.#route = route;
    this.#openLine = openLine;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.stream = new RelayStream(options.clock, {
      onLost: (reason, line) => this.#lose(reason, line),
      onDestroy: (line) => void this.#leave(line),
    });
  }

  get extraBacklogBytes(): number {
    return this.#lost === undefined ? 0 : this.#route.backlogBytes;
  }

  get stalledMs(): number {
    return this.#lost === undefined ? this.stream.stalledMs : 0;
  }

  markReady(): void {
    this.stream.markReady();
  }

  onLine(listener: () => void): void {
    this.#onLine = listener;
  }

  report(): RelayedReport {
    return {
      relay: this.#route.shown,
      connected: this.#lost === undefined,
      down_seconds: Math.round((this.#lost?.silentMs ?? 0) / SECOND_MS),
      waiting_bytes: this.stream.waitingBytes,
      resumed: this.#resumed,
    };
  }

  async open(options: ConnectOptions): Promise<void> {
    const { key, instancePath, label } = this.#route;
    const instance = instancePath === undefined ? randomBytes(INSTANCE_BYTES) : instanceOf(instancePath);
    const opening = { type: "new", id: this.#id, secret: this.#secret, instance, proof: NO_PROOF, label } as const;
    await this.#shake(options, (nonce) => proven(opening, key, nonce), this.#attach);
  }

  /** Opens a line, and calls `onWelcome` in the same turn in which the relay has accepted. */
  async #shake(
    options: ConnectOptions,
    openingFor: (nonce: Uint8Array) => Frame,
    onWelcome: (line: RelayLine, welcome: FrameOf<"welcome">) => void,
  ): Promise<void> {
    const socket = await this.#openLine(options);
    const who = `the relay at ${this.#route.shown}`;
    const plan = { stage: "relay", timeoutMs: HANDSHAKE_LIMIT_MS, late: `${who} has not answered` } as const;
    await runStage<void>(plan, options, ({ succeed, fail }) => {
      const line = new RelayLine(socket, options.clock, {
        onEnd: (reason, error) => fail(`the connection to ${who} was lost: ${reason}`, error),
        onFrame(frame) {
          if (frame.type === "challenge" && MAGIC.equals(frame.magic)) return line.send(openingFor(frame.nonce));
          if (frame.type === "refuse") return fail(`${who} refuses: ${frame.reason}`, undefined, "relay-refused");
          if (frame.type !== "welcome") throw transportErrors.relayProtocol(`sent an unexpected frame '${frame.type}'`);
          onWelcome(line, frame);
          succeed();
        },
      });
      return (failed) => failed && line.drop();
    });
  }

  readonly #attach = (line: RelayLine, welcome: FrameOf<"welcome">) => {
    this.#graceMs = welcome.graceMs;
    this.#lost = undefined;
    this.stream.attach(line, welcome.have, welcome);
  };

  #lose(reason: string, line: RelayLine): void {
    const sentence = `the connection to the relay at ${this.#route.shown} was lost: ${reason}`;
    if (!this.stream.isReady || this.#graceMs === 0) return void this.stream.destroy(new Error(sentence));
    this.#lost = line;
    const waiting = `${this.stream.waitingBytes} bytes wait`;
    this.#options.onWarning(
      `${sentence}; commands continue, ${waiting}; trying to resume for ${durationText(this.#graceMs)}`,
    );
    this.#onLine();
    this.#watchGrace();
    void this.#resume(line);
  }

  /** A check at intervals, since a timer does not count the time for which the host sleeps. */
  #watchGrace(): void {
    this.#options.clock.after(SECOND_MS, () => {
      if (this.#lost === undefined || this.stream.destroyed) return;
      if (this.#lost.silentMs < this.#graceMs) return this.#watchGrace();
      const lasted = durationText(this.#lost.silentMs);
      this.#abort.abort();
      this.stream.destroy(new Error(`the connection to the relay at ${this.#route.shown} was down for ${lasted}`));
    });
  }

  async #resume(lost: RelayLine): Promise<void> {
    const { clock, onWarning } = this.#options;
    const { signal } = this.#abort;
    for (let delayMs = FIRST_DELAY_MS; !signal.aborted; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
      try {
        const waiting = `${this.stream.waitingBytes} bytes waited`;
        await this.#shakeAgain(signal, this.#attach);
        this.#resumed += 1;
        onWarning(`resumed through the relay after ${durationText(lost.silentMs)}; ${waiting}`);
        return this.#onLine();
      } catch (error) {
        if (error instanceof WorkerError && error.trouble === "relay-refused") {
          this.#abort.abort();
          return void this.stream.destroy(new Error(errorText(error)));
        }
        await delay(clock, delayMs * (0.5 + Math.random()), signal);
      }
    }
  }

  #shakeAgain(signal: AbortSignal, onWelcome: (line: RelayLine, welcome: FrameOf<"welcome">) => void): Promise<void> {
    const { clock } = this.#options;
    const opening = { type: "resume", id: this.#id, have: this.stream.received, proof: NO_PROOF } as const;
    const quiet = { clock, signal, onStage: () => {}, onWarning: () => {} };
    return this.#shake(quiet, (nonce) => proven(opening, this.#secret, nonce), onWelcome);
  }

  /** Tells the relay that the stream was destroyed, unless it knows. */
  async #leave(line: RelayLine | undefined): Promise<void> {
    const bye = { type: "bye", reason: "the worker closed the connection" } as const;
    if (line !== undefined) line.close(bye);
    else if (this.#lost !== undefined && !this.#abort.signal.aborted) {
      this.#abort.abort();
      const signal = AbortSignal.timeout(FAREWELL_LIMIT_MS);
      await this.#shakeAgain(signal, (last) => last.close(bye)).catch(() => {}); // the relay finds out by its grace
    }
    this.#resolveClosed();
  }
}

/** The same on this host for each connection of a base directory; a copy of the directory on another host has another. */
function instanceOf(path: string): Uint8Array {
  let secret: Buffer = randomBytes(INSTANCE_BYTES);
  try {
    writeFileSync(path, secret, { flag: "wx", mode: 0o600 });
  } catch {
    try {
      secret = readFileSync(path);
    } catch {
      // Without the file, the relay cannot tell that a restarted worker is the same one, and its master decides.
    }
  }
  return createHash("sha256").update(secret).update(hostname()).digest();
}
