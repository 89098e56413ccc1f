// A worker in this process as a `WorkerLink`: the master's code runs its commands without a connection.

import { errorText } from "../../base/errors.ts";
import { Float, Tuple } from "../../base/python-values.ts";
import type { ArgumentValue, CommandArguments } from "../../commands/index.ts";
import type {
  BuilderDirectory,
  CommandArgument,
  CommandEnd,
  CommandRequest,
  RemoteCommand,
  WorkerInfo,
  WorkerLink,
} from "../../master/index.ts";
import { Backlog, type Builder, ConnectionBudget, commandVersions, type Worker } from "../../worker/index.ts";
import { LocalPeer } from "./local-peer.ts";

export interface LocalLinkOptions {
  readonly worker: Worker;
  /** Whether commands list their environment, as in a master's log. */
  readonly showsEnvironment: boolean;
}

export class LocalLink implements WorkerLink {
  readonly name = "this machine";
  readonly protocol = "pb";
  readonly peer = "this process";
  readonly info: WorkerInfo;
  readonly ended: Promise<string>;
  readonly #options: LocalLinkOptions;
  readonly #backlog: Backlog;
  readonly #budget = new ConnectionBudget();
  #builders: ReadonlyMap<string, Builder> = new Map();
  #commandCount = 0;
  #end: (reason: string) => void = () => {};

  constructor(options: LocalLinkOptions) {
    const { settings } = options.worker;
    this.#options = options;
    this.#backlog = new Backlog(settings.rules.backlogLimitBytes);
    this.info = {
      facts: new Map(),
      version: settings.version,
      basedir: settings.baseDirectory,
      commands: commandVersions(settings.commands),
      environment: new Map(),
    };
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async setBuilders(builders: readonly BuilderDirectory[]): Promise<void> {
    const entries = builders.map(({ name, directory }) => ({ name, directoryName: directory }));
    const made = await this.#options.worker.setBuilderList(entries);
    this.#builders = new Map(made.map((builder) => [builder.name, builder]));
  }

  async startBuild(): Promise<void> {}

  run(request: CommandRequest): RemoteCommand {
    const builder = this.#builders.get(request.builder);
    if (builder === undefined) return over({ type: "failed", reason: `there is no builder '${request.builder}'` });
    this.#commandCount += 1;
    const id = String(this.#commandCount);
    const peer = new LocalPeer({ request, backlog: this.#backlog, budget: this.#budget });
    try {
      builder.start({ id, command: request.name, args: this.#arguments(request), peer });
    } catch (error) {
      peer.refuse(errorText(error));
    }
    return {
      ended: peer.ended,
      interrupt(why) {
        peer.stopUnpacking(why);
        builder.interrupt(id, why);
      },
    };
  }

  async ping(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.end("a shutdown was requested");
  }

  /** Kills running commands. */
  end(reason: string): void {
    void this.#options.worker.connectionLost();
    this.#end(reason);
  }

  #arguments({ args, upload, download }: CommandRequest): CommandArguments {
    const values = new Map([...args].map(([key, value]) => [key, argumentValue(value)]));
    // Over PB these are references; commands only check that they exist.
    if (upload !== undefined) values.set("writer", {});
    if (download !== undefined) values.set("reader", {});
    if (!this.#options.showsEnvironment && values.has("logEnviron")) values.set("logEnviron", false);
    return values;
  }
}

function over(end: CommandEnd): RemoteCommand {
  return { ended: Promise.resolve(end), interrupt: () => {} };
}

/** The argument as it would arrive over PB. */
function argumentValue(value: CommandArgument): ArgumentValue {
  if (typeof value === "number") return Number.isInteger(value) ? value : new Float(value);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Map) {
    return new Map(
      [...(value as ReadonlyMap<string, CommandArgument>)].map(([key, item]) => [key, argumentValue(item)]),
    );
  }
  if ("secret" in value) return new Tuple<ArgumentValue>(["obfuscated", value.secret, value.shown]);
  return (value as readonly CommandArgument[]).map(argumentValue);
}
