// The output of a child on its PTY, without the message that its program could not be executed.
import { Readable } from "node:stream";
import { flushStream, type OutputPipe } from "../spawn/index.ts";
import { mayBeStartFailure, START_FAILURE_STATUS, startError } from "./pty-start-failure.ts";

export interface PtyOutputOptions {
  /** The source of the output; this stream owns it. */
  readonly source: OutputPipe;
  /** The child's exit status; undefined when a signal ended it. */
  readonly exitStatus: Promise<number | undefined>;
  /** Called once, when it is closed, even before its end. */
  readonly onClosed: () => void;
}

const NOTHING = Buffer.alloc(0);

export class PtyOutput extends Readable implements OutputPipe {
  readonly stream = this;
  readonly #options: PtyOutputOptions;
  /** The start of the output while it may be such a message. */
  #held = NOTHING;
  #isPlain = false;
  #take = (chunk: Buffer) => this.push(chunk);
  #startError: Error | undefined;

  constructor(options: PtyOutputOptions) {
    super();
    this.#options = options;
    const { stream } = options.source;
    options.source.listen((chunk) => {
      const plain = this.#sift(Buffer.from(chunk));
      if (plain.length > 0 && !this.#take(plain)) stream.pause();
    });
    stream.on("error", () => {}); // `close` follows
    stream.once("close", () => void this.#finish());
  }

  /** Set at the end of the stream if the program could not be executed. */
  get startError(): Error | undefined {
    return this.#startError;
  }

  listen(listener: (chunk: Buffer) => void): void {
    this.on("data", listener);
  }

  flush(): void {
    flushStream(this);
  }

  readRest(): Buffer {
    const { source } = this.#options;
    const rest: Buffer[] = [];
    const take = this.#take;
    this.#take = (chunk) => rest.push(chunk) > 0;
    source.flush();
    this.#take = take;
    rest.push(this.#sift(source.readRest()));
    return Buffer.concat(rest);
  }

  override _read(): void {
    this.#options.source.stream.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#options.source.stream.destroy();
    this.#options.onClosed();
    callback(error);
  }

  #sift(chunk: Buffer): Buffer {
    if (this.#isPlain) return chunk;
    const printed = Buffer.concat([this.#held, chunk]);
    this.#isPlain = printed.length > 0 && !mayBeStartFailure(printed);
    this.#held = this.#isPlain ? NOTHING : printed;
    return this.#isPlain ? printed : NOTHING;
  }

  async #finish(): Promise<void> {
    if (this.#held.length > 0) {
      if ((await this.#options.exitStatus) === START_FAILURE_STATUS) this.#startError = startError(this.#held);
      else if (!this.destroyed) this.push(this.#held);
    }
    if (!this.destroyed) this.push(null);
  }
}
