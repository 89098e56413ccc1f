// Notifies open pages of changes, by server-sent events. An event carries no data: the page is requested again. So a
// slow browser misses nothing, and costs one flag.
import type { Clock, Timer } from "../../base/clock.ts";
import type { Change, MasterView } from "../master-view.ts";

export const WATCHERS_AT_MOST = 100;
/** Changes within this time become one event. */
const COLLECTED_MS = 200;
export const HEARTBEAT_MS = 15_000;
/** Delay after which a browser reopens a lost stream. */
const RETRY_MS = 2000;

/** What a page shows; an absent key matches everything. */
export interface Topic {
  readonly builder?: string;
  readonly number?: number;
  readonly logId?: number;
  readonly worker?: string;
}

interface Watcher {
  readonly topic: Topic;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  hasChange: boolean;
  /** A heartbeat that the browser has not read yet. */
  hasBeat: boolean;
  wake: () => void;
}

const encoder = new TextEncoder();

export class Events {
  readonly #clock: Clock;
  readonly #watchers = new Set<Watcher>();
  readonly #unwatch: () => void;
  #collecting: Timer | undefined;
  #heartbeat: Timer;
  #isClosed = false;

  constructor(view: MasterView, clock: Clock) {
    this.#clock = clock;
    this.#unwatch = view.watch((change) => this.#changed(change));
    this.#heartbeat = clock.after(HEARTBEAT_MS, () => this.#beat());
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  /** Undefined when too many streams are open. */
  open(topic: Topic): ReadableStream<Uint8Array> | undefined {
    if (this.#isClosed || this.#watchers.size >= WATCHERS_AT_MOST) return undefined;
    let watcher: Watcher | undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          watcher = { topic, controller, hasChange: false, hasBeat: false, wake: () => {} };
          this.#watchers.add(watcher);
          controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`));
        },
        pull: () => watcher && this.#next(watcher),
        cancel: () => void (watcher && this.#watchers.delete(watcher)),
      },
      // write only after the browser has read the previous event
      { highWaterMark: 0 },
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#unwatch();
    this.#collecting?.cancel();
    this.#heartbeat.cancel();
    for (const watcher of this.#watchers) {
      this.#watchers.delete(watcher);
      watcher.controller.close();
      watcher.wake();
    }
  }

  /** Writes the next event, or waits for one. */
  async #next(watcher: Watcher): Promise<void> {
    if (!watcher.hasChange && !watcher.hasBeat) await new Promise<void>((resolve) => (watcher.wake = resolve));
    if (!this.#watchers.has(watcher)) return;
    watcher.controller.enqueue(encoder.encode(watcher.hasChange ? "data: changed\n\n" : ": still here\n\n"));
    watcher.hasChange = false;
    watcher.hasBeat = false;
  }

  #changed(change: Change): void {
    for (const watcher of this.#watchers) {
      if (concerns(change, watcher.topic)) watcher.hasChange = true;
    }
    this.#collecting ??= this.#clock.after(COLLECTED_MS, () => {
      this.#collecting = undefined;
      for (const watcher of this.#watchers) if (watcher.hasChange) watcher.wake();
    });
  }

  #beat(): void {
    for (const watcher of this.#watchers) {
      // the last heartbeat was not read, so the browser has vanished
      if (watcher.hasBeat) {
        this.#watchers.delete(watcher);
        watcher.controller.error(new Error("the browser does not read"));
      }
      watcher.hasBeat = true;
      watcher.wake();
    }
    this.#heartbeat = this.#clock.after(HEARTBEAT_MS, () => this.#beat());
  }
}

/** Whether a page of this topic has to be refreshed. */
export function concerns(change: Change, topic: Topic): boolean {
  // a change of a build does not name its worker
  if (topic.worker !== undefined)
    return change.type === "worker" ? change.worker === topic.worker : change.type === "build";
  if (topic.builder === undefined) return change.type !== "log";
  // a change of a worker does not name its builds, whose pages show whether its line is lost
  if (change.type === "worker") return topic.number !== undefined && topic.logId === undefined;
  if (change.builder !== topic.builder) return false;
  if (topic.number === undefined) return change.type !== "log";
  if (change.type === "builder" || change.number !== topic.number) return false;
  return change.type === "build" || topic.logId === undefined || change.logId === topic.logId;
}
