// The master's side of one command in this process: its updates in order, its files, and its end.
import type { CommandUpdate } from "../../base/command-update.ts";
import { baseErrors } from "../../base/errors.ts";
import type { CommandFailure, CommandPeer, FileReader, FileWriter, TransferBudget } from "../../commands/index.ts";
import type { CommandEnd, CommandRequest } from "../../master/index.ts";
import type { Backlog, CommandBacklog } from "../../worker/index.ts";
import { LocalFileReader, LocalFileWriter } from "./local-files.ts";

export interface LocalPeerOptions {
  readonly request: CommandRequest;
  readonly backlog: Backlog;
  readonly budget: TransferBudget;
}

export class LocalPeer implements CommandPeer {
  readonly ended: Promise<CommandEnd>;
  readonly #options: LocalPeerOptions;
  readonly #backlog: CommandBacklog;
  readonly #writer: LocalFileWriter | undefined;
  readonly #reader: LocalFileReader | undefined;
  /** Resolves when all updates so far have been processed. */
  #processed: Promise<void> = Promise.resolve();
  #rc: number | undefined;
  #end: (end: CommandEnd) => void = () => {};

  constructor(options: LocalPeerOptions) {
    const { request, backlog, budget } = options;
    this.#options = options;
    this.#backlog = backlog.open();
    this.#writer = request.upload && new LocalFileWriter(request.upload, budget);
    this.#reader = request.download && new LocalFileReader(request.download, budget);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async update(updates: readonly CommandUpdate[]): Promise<boolean> {
    for (const update of updates) this.#take(update);
    await this.#processed;
    return true;
  }

  complete(failure?: CommandFailure): void {
    if (failure === undefined) this.#finish({ type: "completed", rc: this.#rc });
    else this.#finish({ type: "failed", reason: failure.message });
  }

  release(): void {
    this.#finish({ type: "lost", reason: "it was abandoned" });
  }

  /** The command could not be started. */
  refuse(reason: string): void {
    this.#finish({ type: "failed", reason });
  }

  /** `why` is a clause. */
  stopUnpacking(why: string): void {
    this.#writer?.stopUnpacking(why);
  }

  fileWriter(): FileWriter {
    return this.#writer ?? noFile("writer");
  }

  fileReader(): FileReader {
    return this.#reader ?? noFile("reader");
  }

  onCongestion(listener: (congested: boolean) => void): void {
    this.#backlog.onCongestion(listener);
  }

  #take(update: CommandUpdate): void {
    if (update.key === "rc") this.#rc = update.rc;
    const bytes = "text" in update ? update.text.length : 0;
    this.#backlog.add(bytes);
    this.#processed = this.#processed
      .then(() => this.#options.request.onUpdate(update))
      .finally(() => this.#backlog.remove(bytes));
  }

  #finish(end: CommandEnd): void {
    this.#backlog.close();
    void Promise.all([this.#processed, this.#writer?.release(), this.#reader?.release()]).then(() => this.#end(end));
  }
}

function noFile(end: "writer" | "reader"): never {
  throw baseErrors.badArguments(end, "a step with a file", "one without");
}
