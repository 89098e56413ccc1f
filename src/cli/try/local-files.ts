// The master's side of file transfers for commands in this process: one call at a time, and no partial files.

import type { FileReader, FileWriter, TransferBudget } from "../../commands/index.ts";
import type { DownloadSource, UploadSink } from "../../master/index.ts";

export class LocalFileWriter implements FileWriter {
  readonly budget: TransferBudget;
  readonly #sink: UploadSink;
  readonly #calls = new CallsInOrder();
  readonly #stopping = new AbortController();
  #isOver = false;

  constructor(sink: UploadSink, budget: TransferBudget) {
    this.#sink = sink;
    this.budget = budget;
  }

  write(block: Uint8Array): Promise<void> {
    return this.#calls.add(() => this.#sink.write(block));
  }

  close(): Promise<void> {
    return this.#end(() => this.#sink.close());
  }

  utime(accessed: number | null, modified: number | null): Promise<void> {
    return this.#calls.add(async () => {
      if (accessed !== null && modified !== null) await this.#sink.utime?.(accessed, modified);
    });
  }

  unpack(): Promise<void> {
    return this.#end(async () => this.#sink.unpack?.(this.#stopping.signal));
  }

  /** `why` is a clause. */
  stopUnpacking(why: string): void {
    this.#stopping.abort(why);
  }

  /** The command is over: abandons an unfinished transfer. Never rejects. */
  async release(): Promise<void> {
    await this.#calls.settled();
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#sink.abandon().catch(() => {}); // the cause was reported already
  }

  #end(act: () => Promise<void>): Promise<void> {
    return this.#calls.add(async () => {
      await act();
      this.#isOver = true;
    });
  }
}

export class LocalFileReader implements FileReader {
  readonly budget: TransferBudget;
  readonly #source: DownloadSource;
  readonly #calls = new CallsInOrder();
  #isClosed = false;

  constructor(source: DownloadSource, budget: TransferBudget) {
    this.#source = source;
    this.budget = budget;
  }

  read(lengthBytes: number): Promise<Uint8Array> {
    return this.#calls.add(() => this.#source.read(lengthBytes));
  }

  close(): Promise<void> {
    return this.#calls.add(() => this.#close());
  }

  /** The command is over: closes the file. Never rejects. */
  async release(): Promise<void> {
    await this.#calls.settled();
    await this.#close().catch(() => {}); // nothing more will be read
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#source.close();
  }
}

/** Runs calls one at a time. After a failure, all later calls fail the same way. */
class CallsInOrder {
  #last: Promise<unknown> = Promise.resolve();

  add<Result>(act: () => Promise<Result>): Promise<Result> {
    const call = this.#last.then(act);
    this.#last = call;
    call.catch(() => {}); // reported to the caller
    return call;
  }

  /** Resolves when all calls so far are over, whether they succeeded or not. */
  async settled(): Promise<void> {
    await this.#last.catch(() => {});
  }
}
