// The peer of a command over PB: one `update` call for each update, `complete`, release of the handles, and the peers of file
// transfers, which are objects of the master whose handles are arguments of the command.
import { bytesOfUpdate, type CommandUpdate } from "../../base/command-update.ts";
import { baseErrors, errorText } from "../../base/errors.ts";
import { Float, Tuple } from "../../base/python-values.ts";
import type { CommandFailure, CommandPeer, FileReader, FileWriter, TransferBudget } from "../../commands/index.ts";
import { sessionErrors } from "../../session/errors.ts";
import { type Broker, failureOfType } from "../../session/pb/index.ts";
import { type JellyValue, type Remote, Text } from "../../wire/jelly/index.ts";
import type { Backlog, CommandBacklog } from "../backlog.ts";

/** Output and file blocks share one lane; answers overtake it. */
const LANE = "bulk";

export interface PbCommandPeerOptions {
  readonly broker: Broker;
  readonly backlog: Backlog;
  readonly budget: TransferBudget;
  /** The handle of the master's command, owned by this peer. */
  readonly command: Remote;
  /** The handles of its file, for a transfer; also owned by this peer. */
  readonly writer: Remote | undefined;
  readonly reader: Remote | undefined;
  readonly log: (text: string) => void;
}

export class PbCommandPeer implements CommandPeer {
  readonly #options: PbCommandPeerOptions;
  readonly #backlog: CommandBacklog;
  #hasLoggedError = false;

  constructor(options: PbCommandPeerOptions) {
    this.#options = options;
    this.#backlog = options.backlog.open();
  }

  async update(updates: readonly CommandUpdate[]): Promise<boolean> {
    const [first, ...others] = updates;
    // The common case with much output.
    if (first !== undefined && others.length === 0) return this.#update(first);
    const areAnswered = await Promise.all(updates.map((update) => this.#update(update)));
    return !areAnswered.includes(false);
  }

  complete(failure?: CommandFailure): void {
    void this.#call("complete", [failure === undefined ? null : failureOfType(failure.type, failure.message)]);
    this.release();
  }

  release(): void {
    const { broker, command, writer, reader } = this.#options;
    this.#backlog.close();
    for (const handle of [command, writer, reader]) if (handle !== undefined) broker.release(handle, LANE);
  }

  fileWriter(): FileWriter {
    const { broker, writer, budget } = this.#options;
    return pbFileWriter(broker, fileHandle("writer", writer), budget);
  }

  fileReader(): FileReader {
    const { broker, reader, budget } = this.#options;
    return pbFileReader(broker, fileHandle("reader", reader), budget);
  }

  onCongestion(listener: (congested: boolean) => void): void {
    this.#backlog.onCongestion(listener);
  }

  async #update(update: CommandUpdate): Promise<boolean> {
    const bytes = bytesOfUpdate(update);
    this.#backlog.add(bytes);
    // The master answers with the number of the update, which has been 0 in Buildbot for years.
    const pairs: JellyValue = [[new Map([[update.key, valueOfUpdate(update)]]), 0]];
    const isAnswered = await this.#call("update", [pairs]);
    this.#backlog.remove(bytes);
    return isAnswered;
  }

  /** Returns whether the call was answered, also with an error: a failed update does not stop the command. */
  async #call(method: string, args: readonly JellyValue[]): Promise<boolean> {
    try {
      await this.#options.broker.call(this.#options.command, method, args, LANE);
    } catch (error) {
      if (sessionErrors.connectionLost.is(error) || sessionErrors.deadReference.is(error)) return false;
      if (!this.#hasLoggedError) this.#options.log(errorText(error));
      this.#hasLoggedError = true;
    }
    return true;
  }
}

function valueOfUpdate(update: CommandUpdate): JellyValue {
  switch (update.key) {
    case "header":
    case "stdout":
    case "stderr":
      return new Text(update.text);
    case "log":
      return new Tuple<JellyValue>([update.log, new Text(update.text)]);
    case "rc":
      return update.rc;
    case "elapsed":
      return new Float(update.seconds);
    case "failure_reason":
      return update.reason;
    case "stat":
      return new Tuple<JellyValue>(update.stat);
    case "files":
      return update.files;
    default:
      return update satisfies never;
  }
}

function fileHandle(name: "writer" | "reader", handle: Remote | undefined): Remote {
  if (handle !== undefined) return handle;
  throw baseErrors.badArguments(name, "a reference to the master's file", "something else");
}

function pbFileWriter(broker: Broker, writer: Remote, budget: TransferBudget): FileWriter {
  const call = async (method: string, ...args: JellyValue[]) => void (await broker.call(writer, method, args, LANE));
  return {
    budget,
    write: (block) => call("write", block),
    close: () => call("close"),
    utime: (accessed, modified) => call("utime", new Tuple<JellyValue>([seconds(accessed), seconds(modified)])),
    unpack: () => call("unpack"),
  };
}

function pbFileReader(broker: Broker, reader: Remote, budget: TransferBudget): FileReader {
  return {
    budget,
    async read(lengthBytes) {
      const block = await broker.call(reader, "read", [lengthBytes], LANE);
      if (block instanceof Uint8Array) return block;
      // A master whose file is already closed answers with empty text.
      if (typeof block === "string") return Buffer.from(block);
      throw baseErrors.badArguments("read", "bytes from the master", "something else");
    },
    close: async () => void (await broker.call(reader, "close", [], LANE)),
  };
}

function seconds(time: number | null): JellyValue {
  return time === null ? null : new Float(time);
}
