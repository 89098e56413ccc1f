// The master's side of a command's file transfers: executes the worker's calls in order and one at a time. A file is
// only put into place if its command succeeds.
import { baseErrors, errorText } from "../../base/errors.ts";
import { Float } from "../../base/python-values.ts";
import type { DownloadSource, UploadSink } from "../worker-link.ts";

/** The longest string in PB; no worker asks for more. */
const LONGEST_BLOCK_BYTES = 640 * 1024;

/** Executes calls in order; after a failure, all later calls fail the same way. */
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

  /** Resolves to the first error, if any, when all calls are done. */
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
    // Python 2 workers may send text.
    const bytes = typeof block === "string" ? Buffer.from(block) : block;
    if (!(bytes instanceof Uint8Array)) throw baseErrors.badArguments("write", "bytes", "something else");
    if (this.#finish !== undefined) throw baseErrors.badArguments("write", "no block after the last one", "another");
    return this.#order.do(() => this.#sink.write(bytes));
  }

  /** Only recorded, since a worker also closes the file after a failed upload. */
  close(how: "close" | "unpack"): Promise<void> {
    this.#finish ??= how;
    return this.#order.do(async () => {});
  }

  /** `why` is a clause. Does nothing if repeated or too late. */
  stopUnpacking(why: string): void {
    this.#stopping.abort(why);
  }

  /** In seconds; anything but two numbers is ignored. */
  utime(accessed: unknown, modified: unknown): void {
    const [one, other] = [accessed, modified].map((time) => (time instanceof Float ? time.value : time));
    if (isTime(one) && isTime(other)) this.#times = [one, other];
  }

  /** Puts the upload into place, or removes it; resolves to the reason of a failure. */
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

  /** The next bytes; empty at the end and after closing. */
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

  /** Resolves to the reason if reading failed. */
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
