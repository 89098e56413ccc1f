// The peer of a command over MessagePack, addressed by the command's id: an `update` request for each batch, `complete`, and
// the operations of file transfers.
import { bytesOfUpdate, type CommandUpdate } from "../../base/command-update.ts";
import { baseErrors, errorText } from "../../base/errors.ts";
import { Float } from "../../base/python-values.ts";
import {
  type CommandFailure,
  type CommandPeer,
  commandsErrors,
  type FileReader,
  type FileWriter,
  type TransferBudget,
} from "../../commands/index.ts";
import { sessionErrors } from "../../session/errors.ts";
import type { Exchange } from "../../session/msgpack/index.ts";
import type { MsgpackValue } from "../../wire/msgpack/index.ts";
import type { Backlog, CommandBacklog } from "../backlog.ts";
import { updatePair } from "./msgpack-updates.ts";

/** The error of masters up to 4.3, which cannot set the times of a file. */
const UTIME_UNSUPPORTED = /remote_utime\(\) takes \d+ positional arguments/;

export interface MsgpackCommandPeerOptions {
  readonly exchange: Exchange;
  readonly backlog: Backlog;
  readonly budget: TransferBudget;
  /** As the master sent it. */
  readonly id: MsgpackValue;
  /** What an upload contains. */
  readonly uploads: "file" | "directory";
  readonly log: (text: string) => void;
}

export class MsgpackCommandPeer implements CommandPeer {
  readonly #options: MsgpackCommandPeerOptions;
  readonly #backlog: CommandBacklog;
  #hasLoggedError = false;

  constructor(options: MsgpackCommandPeerOptions) {
    this.#options = options;
    this.#backlog = options.backlog.open();
  }

  async update(updates: readonly CommandUpdate[]): Promise<boolean> {
    const bytes = updates.reduce((sum, update) => sum + bytesOfUpdate(update), 0);
    this.#backlog.add(bytes);
    const isAnswered = await this.#report("update", updates.map(updatePair));
    this.#backlog.remove(bytes);
    return isAnswered;
  }

  complete(failure?: CommandFailure): void {
    void this.#report("complete", failure === undefined ? null : failureText(failure));
    this.release();
  }

  release(): void {
    this.#backlog.close();
  }

  fileWriter(): FileWriter {
    return msgpackFileWriter(this.#options.uploads, this.#files());
  }

  fileReader(): FileReader {
    return msgpackFileReader(this.#files());
  }

  onCongestion(listener: (congested: boolean) => void): void {
    this.#backlog.onCongestion(listener);
  }

  #files() {
    return { ...this.#options, request: this.#request };
  }

  /** Returns whether the request was answered, also with an error: a failed update does not stop the command. */
  async #report(op: string, args: MsgpackValue): Promise<boolean> {
    try {
      await this.#request(op, { args });
    } catch (error) {
      if (sessionErrors.connectionLost.is(error)) return false;
      if (!this.#hasLoggedError) this.#options.log(errorText(error));
      this.#hasLoggedError = true;
    }
    return true;
  }

  readonly #request: FileRequest = (op, fields = {}) => {
    const { exchange, id } = this.#options;
    // Output and file blocks share one lane; answers overtake it.
    return exchange.request(op, new Map([...Object.entries(fields), ["command_id", id]]), "bulk");
  };
}

/** A failure in Twisted's text form, which masters expect. */
function failureText({ type, message }: CommandFailure): string {
  const name = type.replace(/^builtins\./, "");
  return `[Failure instance: Traceback (failure with no frames): <class '${name}'>: ${message}\n]`;
}

/** Requests an operation on the command's file. */
type FileRequest = (op: string, fields?: Readonly<Record<string, MsgpackValue>>) => Promise<MsgpackValue>;

interface MsgpackFiles extends Pick<MsgpackCommandPeerOptions, "budget" | "log"> {
  readonly request: FileRequest;
}

function msgpackFileWriter(kind: "file" | "directory", { request, budget, log }: MsgpackFiles): FileWriter {
  const call = async (op: string, fields?: Readonly<Record<string, MsgpackValue>>) => void (await request(op, fields));
  return {
    budget,
    write: (block) => call(`update_upload_${kind}_write`, { args: block }),
    // Directories have no close operation of their own.
    close: () => call("update_upload_file_close"),
    async utime(accessed, modified) {
      try {
        await call("update_upload_file_utime", { access_time: seconds(accessed), modified_time: seconds(modified) });
      } catch (error) {
        if (!UTIME_UNSUPPORTED.test(errorText(error))) throw error;
        log("the file was uploaded without its times, which this master cannot set over MessagePack");
      }
    },
    unpack: () => call("update_upload_directory_unpack"),
  };
}

function msgpackFileReader({ request, budget }: MsgpackFiles): FileReader {
  return {
    budget,
    async read(lengthBytes) {
      const block = await request("update_read_file", { length: lengthBytes });
      if (block instanceof Uint8Array) return block;
      if (typeof block === "string") return Buffer.from(block);
      if (block === null) throw commandsErrors.emptyRead();
      throw baseErrors.badArguments("update_read_file", "bytes from the master", "something else");
    },
    close: async () => void (await request("update_read_file_close")),
  };
}

function seconds(time: number | null): MsgpackValue {
  return time === null ? null : new Float(time);
}
