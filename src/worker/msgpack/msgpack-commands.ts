// The running commands of one MessagePack connection, by the master's ids.
import { clip } from "../../base/clip.ts";
import { baseErrors } from "../../base/errors.ts";
import type { OutputRules } from "../../output/index.ts";
import { type Exchange, fieldText } from "../../session/msgpack/index.ts";
import type { Relayed } from "../../transport/index.ts";
import type { MsgpackMap, MsgpackValue } from "../../wire/msgpack/index.ts";
import { Backlog } from "../backlog.ts";
import { workerErrors } from "../errors.ts";
import type { RunningCommand } from "../running-command.ts";
import { ConnectionBudget } from "../transfer-budget.ts";
import type { Worker } from "../worker.ts";
import { readCommandCall } from "./msgpack-arguments.ts";
import { MsgpackCommandPeer } from "./msgpack-command-peer.ts";

export interface MsgpackStart {
  /** As the master sent it. */
  readonly id: MsgpackValue;
  readonly name: string;
  readonly args: MsgpackMap;
  readonly output: OutputRules;
  /** Name of the builder, if the command is part of a build. */
  readonly builder: string | undefined;
}

export class MsgpackCommands {
  readonly #worker: Worker;
  readonly #exchange: Exchange;
  readonly #backlog: Backlog;
  readonly #budget = new ConnectionBudget();
  readonly #running = new Map<string, RunningCommand>();

  constructor(worker: Worker, exchange: Exchange, relayed?: Relayed) {
    this.#worker = worker;
    this.#backlog = new Backlog(worker.settings.rules.backlogLimitBytes, relayed);
    this.#exchange = exchange;
  }

  get backlogBytes(): number {
    return this.#backlog.bytes;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Throws a WorkerError of family `remote` if it cannot start; resolves when it has ended. */
  start({ id, name, args, output, builder }: MsgpackStart): Promise<void> {
    const key = keyOf(id);
    if (this.#running.has(key)) throw workerErrors.commandIdInUse(clip(key));
    const shown = clip(key);
    const call = readCommandCall(name, args);
    const peer = new MsgpackCommandPeer({
      exchange: this.#exchange,
      backlog: this.#backlog,
      budget: this.#budget,
      id,
      uploads: call.command === "upload_directory" ? "directory" : "file",
      log: (text) => this.#worker.settings.log(`(command ${shown}): ${text}`),
    });
    const command = this.#worker.startCommand({ ...call, id: shown, peer, output, builder });
    this.#running.set(key, command);
    return command.done.finally(() => this.#running.delete(key));
  }

  interrupt(id: MsgpackValue, why: string): void {
    const key = keyOf(id);
    const { log } = this.#worker.settings;
    log(`asked to interrupt: reason ${clip(why)} [id ${clip(key)}]`);
    const command = this.#running.get(key);
    if (command === undefined) log(" .. but none was running");
    command?.interrupt();
  }
}

/** Masters send text; integers are accepted too. */
function keyOf(id: MsgpackValue): string {
  const text = typeof id === "number" || typeof id === "bigint" ? String(id) : fieldText(id);
  if (text === undefined) throw baseErrors.badArguments("command_id", "text or an integer", "something else");
  return text;
}
