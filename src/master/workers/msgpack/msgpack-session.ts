// The requests of a master to a worker over MessagePack (buildbot-msgpack.md §2.1, §3). This protocol has
// no builders: the master creates their directories with commands, and sends absolute paths.

import { sessionErrors } from "../../../session/errors.ts";
import type { Exchange } from "../../../session/msgpack/index.ts";
import type { MsgpackMap, MsgpackValue } from "../../../wire/msgpack/index.ts";
import { masterErrors } from "../../errors.ts";
import type { BuilderDirectory, WorkerInfo } from "../../worker-link.ts";
import type { WorkerCommand } from "../worker-command.ts";
import type { ProtocolSession, WorkerConnection } from "../worker-connection.ts";
import type { AttachReport } from "../worker-info.ts";
import { msgpackCall } from "./msgpack-call.ts";
import { BaseDirectory } from "./msgpack-directories.ts";
import { joinOn, type WorkerPlace } from "./msgpack-paths.ts";

/** As Buildbot sends them; the expression is Python's. */
const SETTINGS: MsgpackMap = new Map<string, MsgpackValue>([
  ["buffer_size", 65_536],
  ["buffer_timeout", 5],
  ["newline_re", String.raw`(\r\n|\r(?=.)|\033\[u|\033\[[0-9]+;[0-9]+[Hf]|\033\[2J|\x08+)`],
  ["max_line_length", 4096],
]);

export interface MsgpackSessionOptions {
  readonly exchange: Exchange;
  readonly report: AttachReport;
  readonly worker: WorkerConnection;
}

export class MsgpackSession implements ProtocolSession {
  readonly protocol = "msgpack";
  readonly #exchange: Exchange;
  readonly #info: WorkerInfo;
  readonly #place: WorkerPlace;
  readonly #base: BaseDirectory;
  #builders: ReadonlyMap<string, string> = new Map();

  constructor({ exchange, report, worker }: MsgpackSessionOptions) {
    this.#exchange = exchange;
    this.#info = report.info;
    this.#place = { system: report.info.facts.get("system"), environment: report.info.environment };
    this.#base = new BaseDirectory({
      path: report.info.basedir,
      place: this.#place,
      deletesLeftovers: report.deletesLeftovers,
      run: (request) =>
        worker.start({ ...request, builder: "" }, (command) =>
          this.#start(command, request.name, request.args as MsgpackMap),
        ),
    });
  }

  print(message: string): Promise<unknown> {
    return this.#request("print", { message });
  }

  keepalive(): Promise<unknown> {
    return this.#request("keepalive");
  }

  async setBuilders(builders: readonly BuilderDirectory[]): Promise<void> {
    if (this.#info.basedir === "") throw masterErrors.notTaken("has no base directory", "it did not report one");
    await this.#request("set_worker_settings", { args: SETTINGS });
    await this.#base.prepare(builders.map(({ directory }) => directory));
    const before = this.#builders;
    this.#builders = new Map(
      builders.map(({ name, directory }) => [name, joinOn(this.#place, this.#info.basedir, directory)]),
    );
    await Promise.all(builders.filter(({ name }) => !before.has(name)).map(() => this.print("attached")));
  }

  /** The protocol has no such request. */
  async startBuild(): Promise<void> {}

  async start(command: WorkerCommand): Promise<unknown> {
    const { builder, name, args } = command.request;
    const directory = this.#builders.get(builder);
    if (directory === undefined) throw sessionErrors.builderGone(builder);
    const call = msgpackCall(name, args, directory, this.#place);
    return this.#start(command, call.name, call.args, { builder_name: builder });
  }

  interrupt(command: WorkerCommand, why: string): Promise<unknown> {
    return this.#request("interrupt_command", { builder_name: command.request.builder, command_id: command.id, why });
  }

  shutdown(): Promise<unknown> {
    return this.#request("shutdown");
  }

  #start(command: WorkerCommand, name: string, args: MsgpackMap, more: Readonly<Record<string, MsgpackValue>> = {}) {
    return this.#request("start_command", { ...more, command_id: command.id, command_name: name, args });
  }

  #request(op: string, fields: Readonly<Record<string, MsgpackValue>> = {}): Promise<MsgpackValue> {
    return this.#exchange.request(op, new Map(Object.entries(fields)), "prompt");
  }
}
