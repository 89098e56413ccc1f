// The lines of workers that come through a relay. The master sees only the relay's connections, so it asks the relays that
// `web: relays` names. A worker and a session belong together by the address of the relay's connection, which both ends
// know; the name that a worker gives a relay is not used.
import * as v from "valibot";
import type { Timer } from "../base/clock.ts";
import type { AttachedWorkers } from "./attached-workers.ts";
import type { MasterParts } from "./master-parts.ts";
import type { WorkerLineView } from "./master-view.ts";

/** From an answer to the next question. */
const ASK_EVERY_MS = 2000;
const LONGEST_OUTAGE_SECONDS = 1e9;
const LONGEST_TIME_CHARS = 30;

/** `status` is any JSON, if the relay answered; otherwise nobody did, or `reason` says why that is not known. */
export interface RelayAnswer {
  readonly state: "answered" | "nobody" | "unknown";
  readonly status?: unknown;
  readonly reason?: string;
}

/** Asks the relay of this directory. Never rejects; limits size and time of the answer. */
export type AskRelay = (directory: string) => Promise<RelayAnswer>;

export interface RelayLinesOptions extends Pick<MasterParts, "config" | "clock"> {
  /** Undefined: none is asked. */
  readonly ask: AskRelay | undefined;
  readonly workers: Pick<AttachedWorkers, "find">;
  /** Pages show something else of this worker. */
  readonly onChange: (worker: string) => void;
}

export class RelayLines {
  /** Why the lines of some workers are not known, as sentences. */
  troubles: readonly string[] = [];
  readonly #options: RelayLinesOptions;
  #lines: ReadonlyMap<string, WorkerLineView> = new Map();
  /** By worker, without the times that pass. */
  readonly #shown = new Map<string, string>();
  #timer: Timer | undefined;
  /** Of the questions whose answers count. */
  #round = {};

  constructor(options: RelayLinesOptions) {
    this.#options = options;
  }

  /** Of the worker whose connection comes from `peer`. */
  find(peer: string): WorkerLineView | undefined {
    return this.#lines.get(peer);
  }

  /** Also when the configuration has changed. */
  start(): void {
    this.stop();
    void this.#askAll(this.#round);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#round = {};
  }

  async #askAll(round: object): Promise<void> {
    const { ask, config, clock, workers, onChange } = this.#options;
    const directories = config().web?.relays ?? [];
    if (ask === undefined) return;
    const answers = await Promise.all(directories.map(ask));
    if (round !== this.#round) return;
    const readings = answers.map((answer) => linesIn(answer, clock.date().getTime()));
    const peers = config().workers.map(({ name }) => [name, workers.find(name)?.link.peer ?? ""] as const);
    const known = new Map<string, number>();
    for (const [, peer] of peers) known.set(peer, (known.get(peer) ?? 0) + 1);
    // Connections to different ports of the master can have the same address: then it is not known whose line it is.
    const lines = readings.flatMap((reading) => (typeof reading === "string" ? [] : [...reading]));
    this.#lines = new Map(lines.filter(([address]) => known.get(address) === 1));
    this.troubles = readings.flatMap((reading, index) => {
      const trouble = typeof reading === "string" ? reading : mismatch([...reading.keys()], known);
      return trouble === undefined ? [] : [`the relay in ${directories[index]} ${trouble}`];
    });
    for (const [worker, peer] of peers) {
      const line = this.find(peer);
      const shown = JSON.stringify([line && { ...line, lostAtMs: line.lostAtMs !== undefined }, this.troubles]);
      if (shown === this.#shown.get(worker)) continue;
      this.#shown.set(worker, shown);
      onChange(worker);
    }
    if (directories.length > 0) this.#timer = clock.after(ASK_EVERY_MS, () => void this.#askAll(round));
  }
}

const seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(LONGEST_OUTAGE_SECONDS));
const timeMs = v.pipe(v.string(), v.maxLength(LONGEST_TIME_CHARS), v.transform(Date.parse), v.number());

const statusOfRelay = v.object({
  sessions: v.array(
    v.object({
      address: v.nullable(v.string()),
      state: v.string(),
      down_seconds: seconds,
      waiting_bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      resumed: v.nullable(v.object({ at: timeMs, after_seconds: seconds })),
    }),
  ),
});

/** By the addresses of the relay's connections; a predicate of the relay when they are not known. */
function linesIn(answer: RelayAnswer, nowMs: number): ReadonlyMap<string, WorkerLineView> | string {
  if (answer.state === "nobody") return "is not running";
  if (answer.state === "unknown") return `cannot be asked: ${answer.reason}`;
  const { success, output } = v.safeParse(statusOfRelay, answer.status);
  if (!success) return "is of another version, or another program";
  const lines = new Map<string, WorkerLineView>();
  for (const { address, state, down_seconds, waiting_bytes, resumed } of output.sessions) {
    if (address === null || (state !== "waiting" && state !== "connected")) continue;
    const isLost = state === "waiting";
    lines.set(address, {
      lostAtMs: isLost ? nowMs - down_seconds * 1000 : undefined,
      waitingBytes: isLost ? waiting_bytes : 0,
      resumed: resumed === null ? undefined : { atMs: resumed.at, afterMs: resumed.after_seconds * 1000 },
    });
  }
  return lines;
}

function mismatch(addresses: readonly string[], peers: ReadonlyMap<string, unknown>): string | undefined {
  if (addresses.length === 0 || addresses.some((address) => peers.has(address))) return undefined;
  return "has workers, but none of them is attached to this master";
}
