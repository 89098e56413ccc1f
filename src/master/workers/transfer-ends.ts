// The master's ends of one command's transfers: what the worker asks of the file, done in its order and one at a time, however
// many of these are on their way. A file is only put into place when its command has succeeded.
import { baseErrors, errorText } from "../../base/errors.ts";
import { Float } from "../../base/python-values.ts";
import type { DownloadSource, UploadSink } from "../worker-link.ts";

/** No string of PB is longer, and no worker asks for more. */
const LONGEST_BLOCK_BYTES = 640 * 1024;

/** Calls that are carried out in the order they are made in; after one that failed the others fail the same way. */
class InOrder {
  #last: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;

  do<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => {
      if (this.#failure !== undefined) throw this.#failure;
      return act();
    });
    this.#last = result.catch((error: unknown) => {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    });
    return result;
  }

  /** Resolves to what went wrong, if anything, when all is done. */
  async end(): Promise<Error | undefined> {
    await this.#last;
    return this.#failure;
  }
}

export class UploadEnd {
  readonly #sink: UploadSink;
  readonly #order = new InOrder();
  readonly #stopping = new AbortController();
  #times: readonly [number, number] | undefined;
  #finish: "close" | "unpack" | undefined;

  constructor(sink: UploadSink) {
    this.#sink = sink;
  }

  /** Rejects when the block cannot be stored. */
  write(block: unknown): Promise<void> {
    // Text is what a Python 2 worker may send, too.
    const bytes = typeof block === "string" ? Buffer.from(block) : block;
    if (!(bytes instanceof Uint8Array)) throw baseErrors.badArguments("write", "bytes", "something else");
    if (this.#finish !== undefined) throw baseErrors.badArguments("write", "no block behind the last one", "another");
    return this.#order.do(() => this.#sink.write(bytes));
  }

  /** Only noted: a worker closes the file of an upload that has failed, too. */
  close(how: "close" | "unpack"): Promise<void> {
    this.#finish ??= how;
    return this.#order.do(async () => {});
  }

  /** For a reason as a clause; harmless when repeated or too late. */
  stopUnpacking(why: string): void {
    this.#stopping.abort(why);
  }

  /** In seconds; what is none is left out. */
  utime(accessed: unknown, modified: unknown): void {
    const [one, other] = [accessed, modified].map((time) => (time instanceof Float ? time.value : time));
    if (isTime(one) && isTime(other)) this.#times = [one, other];
  }

  /** Puts into place what was uploaded, or takes it away; resolves to why it could not. */
  async end(isGood: boolean): Promise<string | undefined> {
    const failure = await this.#order.end();
    if (failure !== undefined || !isGood) return this.#abandon(failure);
    try {
      await this.#putInPlace();
      return undefined;
    } catch (error) {
      return this.#abandon(error);
    }
  }

  async #putInPlace(): Promise<void> {
    const sink = this.#sink;
    if (this.#finish === undefined) throw baseErrors.badArguments("upload", "the end of the file", "none");
    if (this.#times !== undefined) await sink.utime?.(...this.#times);
    if (this.#finish === "close") return sink.close();
    if (sink.unpack === undefined) throw baseErrors.badArguments("upload", "a file", "an archive");
    return sink.unpack(this.#stopping.signal);
  }

  async #abandon(failure: unknown): Promise<string | undefined> {
    const reason = failure === undefined ? undefined : errorText(failure);
    try {
      await this.#sink.abandon();
      return reason;
    } catch (error) {
      return reason ?? errorText(error);
    }
  }
}

export class DownloadEnd {
  readonly #source: DownloadSource;
  readonly #order = new InOrder();
  #isClosed = false;

  constructor(source: DownloadSource) {
    this.#source = source;
  }

  /** The next bytes; none at the end, and when it is closed. */
  read(lengthBytes: unknown): Promise<Uint8Array> {
    const length = typeof lengthBytes === "bigint" ? Number(lengthBytes) : lengthBytes;
    if (typeof length !== "number" || !Number.isInteger(length) || length < 0) {
      throw baseErrors.badArguments("read", "a number of bytes", "something else");
    }
    if (this.#isClosed || length === 0) return Promise.resolve(Buffer.of());
    return this.#order.do(() => this.#source.read(Math.min(length, LONGEST_BLOCK_BYTES)));
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Resolves to why it could not be read. */
  async end(): Promise<string | undefined> {
    this.#isClosed = true;
    const failure = await this.#order.end();
    try {
      await this.#source.close();
    } catch (error) {
      return errorText(failure ?? error);
    }
    return failure === undefined ? undefined : errorText(failure);
  }
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
