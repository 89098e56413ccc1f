// The calls of a master to a worker over PB: on the worker's bot and on one object per builder, passing one of our
// objects for each command and its file (buildbot-pb.md §1).

import { Tuple } from "../../../base/python-values.ts";
import { sessionErrors } from "../../../session/errors.ts";
import type { Broker, RemoteObject } from "../../../session/pb/index.ts";
import { type JellyValue, Remote } from "../../../wire/jelly/index.ts";
import { masterErrors } from "../../errors.ts";
import type { BuilderDirectory } from "../../worker-link.ts";
import type { WorkerCommand } from "../worker-command.ts";
import type { ProtocolSession, WorkerConnection } from "../worker-connection.ts";
import { plainText } from "../worker-info.ts";
import { jellyArguments } from "./pb-arguments.ts";
import { commandObject, readerObject, writerObject } from "./pb-objects.ts";

/** Limit of our objects that a worker holds without releasing them. */
const MAX_EXPORTS = 50_000;

export interface PbSessionOptions {
  readonly broker: Broker;
  /** The reference to the worker's bot. */
  readonly bot: Remote;
  readonly worker: WorkerConnection;
}

export class PbSession implements ProtocolSession {
  readonly protocol = "pb";
  readonly #options: PbSessionOptions;
  #builders: ReadonlyMap<string, Remote> = new Map();

  constructor(options: PbSessionOptions) {
    this.#options = options;
  }

  print(message: string): Promise<unknown> {
    return this.#call(this.#options.bot, "print", message);
  }

  keepalive(): Promise<unknown> {
    return this.print("keepalive");
  }

  async setBuilders(builders: readonly BuilderDirectory[]): Promise<void> {
    const list = builders.map(({ name, directory }) => new Tuple<JellyValue>([name, directory]));
    const answer = await this.#call(this.#options.bot, "setBuilderList", list);
    const before = this.#builders;
    this.#builders = this.#handlesIn(answer, new Set(builders.map(({ name }) => name)));
    for (const handle of before.values()) this.#options.broker.release(handle);
    const missing = builders.filter(({ name }) => !this.#builders.has(name));
    if (missing.length > 0) throw masterErrors.notTaken("has no object for a builder", `'${missing[0]?.name}'`);
    await Promise.all(builders.filter(({ name }) => !before.has(name)).map(() => this.print("attached")));
  }

  async startBuild(builder: string): Promise<unknown> {
    return this.#call(this.#builder(builder), "startBuild");
  }

  async start({ id, request }: WorkerCommand): Promise<unknown> {
    const { broker, worker } = this.#options;
    const { builder, name, args, upload, download } = request;
    const target = this.#builder(builder);
    if (broker.counts.exports > MAX_EXPORTS) {
      throw masterErrors.notTaken("does not release objects of the master", `it holds more than ${MAX_EXPORTS}`);
    }
    const words = jellyArguments(args);
    if (upload !== undefined) words.set("writer", this.#exposed(writerObject(worker, id)));
    if (download !== undefined) words.set("reader", this.#exposed(readerObject(worker, id)));
    return this.#call(target, "startCommand", this.#exposed(commandObject(worker, id)), id, name, words);
  }

  async interrupt({ id, request }: WorkerCommand, why: string): Promise<unknown> {
    return this.#call(this.#builder(request.builder), "interruptCommand", id, why);
  }

  shutdown(): Promise<unknown> {
    return this.#call(this.#options.bot, "shutdown");
  }

  #builder(name: string): Remote {
    const builder = this.#builders.get(name);
    if (builder === undefined) throw sessionErrors.builderGone(name);
    return builder;
  }

  /** One per name; the others are released. */
  #handlesIn(answer: JellyValue, wanted: ReadonlySet<string>): ReadonlyMap<string, Remote> {
    const handles = new Map<string, Remote>();
    if (!(answer instanceof Map))
      throw masterErrors.notTaken("did not accept its builders", "its answer is not a dictionary");
    for (const [key, value] of answer as ReadonlyMap<JellyValue, JellyValue>) {
      if (!(value instanceof Remote)) continue;
      const name = plainText(key) ?? "";
      if (wanted.has(name) && !handles.has(name)) handles.set(name, value);
      else this.#options.broker.release(value);
    }
    return handles;
  }

  #exposed(object: RemoteObject): Remote {
    return this.#options.broker.expose(object);
  }

  async #call(target: Remote, method: string, ...args: JellyValue[]): Promise<JellyValue> {
    return this.#options.broker.call(target, method, args);
  }
}
