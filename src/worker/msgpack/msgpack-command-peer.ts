// The master's end of one command, over MessagePack: an `update` request for each batch, and `complete`, with its id.
import { bytesOfUpdate, type CommandUpdate } from "../../base/command-update.ts";
import { errorText } from "../../base/errors.ts";
import type { CommandFailure, CommandPeer, FileReader, FileWriter, TransferBudget } from "../../commands/index.ts";
import { sessionErrors } from "../../session/errors.ts";
import type { Exchange } from "../../session/msgpack/index.ts";
import type { MsgpackValue } from "../../wire/msgpack/index.ts";
import type { Backlog, CommandBacklog } from "../backlog.ts";
import { type FileRequest, msgpackFileReader, msgpackFileWriter } from "./msgpack-files.ts";
import { updatePair } from "./msgpack-updates.ts";

export interface MsgpackCommandPeerOptions {
  readonly exchange: Exchange;
  readonly backlog: Backlog;
  readonly budget: TransferBudget;
  /** As the master sent it. */
  readonly id: MsgpackValue;
  /** What an upload is of. */
  readonly uploads: "file" | "directory";
  readonly log: (text: string) => void;
}

export class MsgpackCommandPeer implements CommandPeer {
  readonly #options: MsgpackCommandPeerOptions;
  readonly #backlog: CommandBacklog;
  #complained = false;

  constructor(options: MsgpackCommandPeerOptions) {
    this.#options = options;
    this.#backlog = options.backlog.open();
  }

  async update(updates: readonly CommandUpdate[]): Promise<boolean> {
    const bytes = updates.reduce((sum, update) => sum + bytesOfUpdate(update), 0);
    this.#backlog.add(bytes);
    const isAnswered = await this.#tell("update", updates.map(updatePair));
    this.#backlog.remove(bytes);
    return isAnswered;
  }

  complete(failure?: CommandFailure): void {
    void this.#tell("complete", failure === undefined ? null : failureText(failure));
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
    const { budget, log } = this.#options;
    return { budget, log, request: this.#request };
  }

  /** Whether it was answered, however: the command goes on when its master stumbles over an update. */
  async #tell(op: string, args: MsgpackValue): Promise<boolean> {
    try {
      await this.#request(op, { args });
    } catch (error) {
      if (sessionErrors.connectionLost.is(error)) return false;
      if (!this.#complained) this.#options.log(errorText(error));
      this.#complained = true;
    }
    return true;
  }

  readonly #request: FileRequest = (op, fields = {}) => {
    const { exchange, id } = this.#options;
    // Output and blocks of files are one line of things; answers overtake it.
    return exchange.request(op, new Map([...Object.entries(fields), ["command_id", id]]), "bulk");
  };
}

/** As Twisted shows a failure, which is how masters know those of commands. */
function failureText({ type, message }: CommandFailure): string {
  const name = type.replace(/^builtins\./, "");
  return `[Failure instance: Traceback (failure with no frames): <class '${name}'>: ${message}\n]`;
}
