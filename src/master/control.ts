// What people and schedulers ask of a master, refused with a sentence when it cannot be.

import type { AttachedWorkers } from "./attached-workers.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { masterErrors } from "./errors.ts";
import type { MasterConfig } from "./master-config.ts";
import type { Change } from "./master-view.ts";
import { canBeForced } from "./schedule/index.ts";
import type { BuildRow, Request, Store } from "./store/index.ts";

export interface OrdersOptions {
  readonly config: MasterConfig;
  readonly store: Store;
  readonly workers: AttachedWorkers;
  readonly dispatcher: Dispatcher;
  readonly tell: (change: Change) => void;
}

/** All of these throw ERR_NOT_FOUND, ERR_NOT_POSSIBLE or ERR_STORE_WRITE. */
export class Orders {
  readonly #options: OrdersOptions;

  constructor(options: OrdersOptions) {
    this.#options = options;
  }

  /** Puts a request at the end of the queue; gives its id. */
  submit(request: Omit<Request, "id" | "submittedAtMs">): number {
    const { store, dispatcher, tell } = this.#options;
    const id = store.requests.add({ ...request, submittedAtMs: store.nowMs() });
    tell({ type: "builder", builder: request.builder });
    dispatcher.wake();
    return id;
  }

  force(builder: string, reason: string): number {
    this.#expectBuilder(builder);
    if (!canBeForced(this.#options.config, builder)) {
      throw masterErrors.notPossible(`start a build of '${builder}'`, "no force scheduler has this builder");
    }
    return this.submit({ builder, reason, rebuildOf: undefined });
  }

  cancelRequest(id: number): void {
    const { store, tell } = this.#options;
    const request = store.requests.waitingWithId(id);
    if (request === undefined) throw masterErrors.notFound(`request ${id} that waits`);
    store.requests.remove(id);
    tell({ type: "builder", builder: request.builder });
  }

  stop(builder: string, number: number, reason: string): void {
    const build = this.#options.dispatcher.find(builder, number);
    if (build !== undefined) return build.stop(reason);
    this.#expectBuild(builder, number);
    throw masterErrors.notPossible(`stop build ${number} of '${builder}'`, "it has ended");
  }

  rebuild(builder: string, number: number): number {
    this.#expectBuilder(builder);
    const { reason, endedAtMs } = this.#expectBuild(builder, number);
    if (endedAtMs === undefined)
      throw masterErrors.notPossible(`rebuild build ${number} of '${builder}'`, "it still runs");
    return this.submit({ builder, reason, rebuildOf: number });
  }

  shutDownWorker(name: string): void {
    const { config, workers } = this.#options;
    if (!config.workers.some((worker) => worker.name === name)) throw masterErrors.notFound(`worker '${name}'`);
    if (workers.find(name) === undefined)
      throw masterErrors.notPossible(`shut worker '${name}' down`, "it is not attached");
    workers.shutDown(name);
  }

  #expectBuilder(name: string): void {
    if (!this.#options.config.builders.some((builder) => builder.name === name)) {
      throw masterErrors.notFound(`builder '${name}'`);
    }
  }

  #expectBuild(builder: string, number: number): BuildRow {
    const row = this.#options.store.builds.find(builder, number);
    if (row === undefined) throw masterErrors.notFound(`build ${number} of '${builder}'`);
    return row;
  }
}
