// The change sources of a master: its pollers, and the hooks it receives. Records changes, each once, and passes them on.
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { ChangeSourceConfig, HookConfig } from "../master-config.ts";
import type { MasterParts } from "../master-parts.ts";
import type { ChangeSourceView, SourceChange } from "../master-view.ts";
import { SecretMask } from "../secret-mask.ts";
import { type HookMessage, readHookMessage } from "./hook-message.ts";
import { Poller } from "./poller.ts";

export interface ChangeSourcesOptions extends MasterParts {
  /** Of the master. */
  readonly directory: string;
  /** In the transaction that records it. */
  readonly onChange: (change: SourceChange, changeId: number) => void;
}

/** What the sender of a hook gets; the sentence has no full stop. */
export interface HookAnswer {
  readonly status: 200 | 202 | 400 | 401 | 404;
  readonly sentence: string;
}

export class ChangeSources {
  readonly #options: ChangeSourcesOptions;
  readonly #hooksSeenAtMs = new Map<string, number>();
  #pollers: readonly Poller[] = [];

  constructor(options: ChangeSourcesOptions) {
    this.#options = options;
  }

  /** Starts polling; or, after the configuration has changed, stops and starts those pollers that differ. */
  start(): void {
    const { config, store, directory, clock, log } = this.#options;
    const wanted = config().changeSources.filter((source) => source.type === "git");
    const kept = this.#pollers.filter((poller) => wanted.some((one) => isDeepStrictEqual(one, poller.config)));
    for (const poller of this.#pollers) if (!kept.includes(poller)) poller.stop();
    const added = wanted
      .filter((one) => !kept.some((poller) => isDeepStrictEqual(one, poller.config)))
      .map((one) => {
        const onChange = (change: SourceChange) => void this.#record(one, change);
        const cacheDirectory = join(directory, "pollers");
        return new Poller({ config: one, changes: store.changes, cacheDirectory, clock, log, onChange });
      });
    this.#pollers = [...kept, ...added];
    for (const poller of added) poller.start();
  }

  stop(): void {
    for (const poller of this.#pollers) poller.stop();
  }

  views(): readonly ChangeSourceView[] {
    const { changeSources, secrets } = this.#options.config();
    const mask = new SecretMask(secrets);
    return changeSources.map((source) => {
      const view = this.#pollers.find(({ config }) => config.name === source.name)?.view();
      // Git's words may be those of a server, which knows the token.
      if (view !== undefined) return { ...view, trouble: view.trouble && mask.text(view.trouble) };
      const { name, type, repository } = source;
      return { name, type, repository, lastSeenAtMs: this.#hooksSeenAtMs.get(name), trouble: undefined };
    });
  }

  /** Whether there is a hook of this name. */
  hasHook(name: string): boolean {
    return this.#hook(name) !== undefined;
  }

  /** Throws ERR_STORE_WRITE; the sender may try again. */
  receive(name: string, message: Omit<HookMessage, "nowMs">): HookAnswer {
    const { clock, store } = this.#options;
    const hook = this.#hook(name);
    if (hook === undefined) return { status: 404, sentence: "there is no such hook" };
    const nowMs = clock.date().getTime();
    const reading = readHookMessage(hook, { ...message, nowMs });
    if (reading.type === "refused") return { status: reading.status, sentence: reading.sentence };
    this.#hooksSeenAtMs.set(name, nowMs);
    if (reading.type === "ignored") return { status: 200, sentence: `ignored: ${reading.sentence}` };
    if (reading.type === "deleted") {
      store.together(() => {
        const isFirst = store.changes.isFirstDelivery(reading.deliveryId, nowMs);
        if (isFirst) store.changes.removeHead(hook.repository, reading.branch);
      });
      return { status: 200, sentence: `ignored: branch '${reading.branch}' was deleted` };
    }
    if (!this.#record(hook, reading.change, reading.deliveryId)) {
      return { status: 200, sentence: "ignored: this change is known" };
    }
    return { status: 202, sentence: `branch '${reading.change.branch}' has changed` };
  }

  /** Whether it is new. */
  #record({ name }: ChangeSourceConfig, received: SourceChange, deliveryId?: string): boolean {
    const { config, store, log, onChange } = this.#options;
    const mask = new SecretMask(config().secrets);
    const change = {
      ...received,
      author: mask.text(received.author),
      message: mask.text(received.message),
      link: mask.text(received.link),
    };
    return store.together(() => {
      const nowMs = store.nowMs();
      if (deliveryId !== undefined && !store.changes.isFirstDelivery(deliveryId, nowMs)) return false;
      const id = store.changes.add(change, nowMs);
      if (id === undefined) return false;
      log(`change source '${name}': branch '${change.branch}' of ${change.repository} is at ${change.revision}`);
      onChange(change, id);
      return true;
    });
  }

  #hook(name: string): HookConfig | undefined {
    return this.#options
      .config()
      .changeSources.filter((source) => source.type !== "git")
      .find((source) => source.name === name);
  }
}
