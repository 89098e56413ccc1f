// The output of one run: read, paused, drained and closed. Knows no deadline and no reason to end a run.
import type { OutputPipe, PipedChild } from "../spawn/index.ts";
import type { OutputName } from "./run-request.ts";

/** Largest pipe capacity of an unprivileged user on Linux. */
const LARGEST_PIPE_BYTES = 1024 * 1024;

export interface OutputListener {
  /** The chunk is never empty, and its memory is reused afterwards. */
  readonly onOutput: (name: OutputName, chunk: Buffer) => void;
  /** A stream has ended, or we have closed our end of it; see `areClosed`. */
  readonly onClosed: () => void;
}

export class RunOutputs {
  readonly #pipes: readonly (readonly [OutputName, OutputPipe])[];
  readonly #listener: OutputListener;
  #openCount: number;

  constructor({ stdout, stderr }: Pick<PipedChild, "stdout" | "stderr">, listener: OutputListener) {
    this.#pipes = [["stdout", stdout], ...(stderr ? [["stderr", stderr] as const] : [])];
    this.#openCount = this.#pipes.length;
    this.#listener = listener;
    for (const [name, pipe] of this.#pipes) this.#read(name, pipe);
  }

  /** All streams have ended, or we have closed our ends. */
  get areClosed(): boolean {
    return this.#openCount === 0;
  }

  pause(): void {
    for (const [, { stream }] of this.#pipes) stream.pause();
  }

  resume(): void {
    for (const [, { stream }] of this.#pipes) stream.resume();
  }

  /** Closes our ends, so that a child that continues to print gets SIGPIPE. */
  close(): void {
    for (const [, { stream }] of this.#pipes) stream.destroy();
  }

  /** Reads everything printed so far, even if paused, without waiting. */
  drain(): void {
    for (const [name, pipe] of this.#pipes) {
      pipe.flush();
      this.#receiveRest(name, pipe);
    }
  }

  drainAndClose(): void {
    this.drain();
    this.close();
  }

  #read(name: OutputName, pipe: OutputPipe): void {
    const { stream } = pipe;
    pipe.listen((chunk) => this.#receive(name, chunk));
    stream.on("error", () => {}); // `close` follows
    stream.once("close", () => {
      this.#openCount -= 1;
      this.#listener.onClosed();
    });
  }

  #receive(name: OutputName, chunk: Buffer): void {
    if (chunk.length > 0) this.#listener.onOutput(name, chunk);
  }

  /** Limited, since a process may write as fast as we read. */
  #receiveRest(name: OutputName, pipe: OutputPipe): void {
    for (let sizeBytes = 0; sizeBytes < LARGEST_PIPE_BYTES; ) {
      const rest = pipe.readRest();
      if (rest.length === 0) return;
      sizeBytes += rest.length;
      this.#receive(name, rest);
    }
  }
}
