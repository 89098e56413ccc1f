// A log that is being written: collects lines into chunks, enforces the limits, and saves a chunk when it is full or
// flushed. Does not know how chunks are stored.
import {
  CHUNK_BYTES,
  endOfFirstLine,
  endOfLinesWithin,
  GrowingChunk,
  type LogChunk,
  type LogStream,
} from "./log-chunk.ts";

const NEWLINE = 10;

export interface LogSize {
  readonly lineCount: number;
  readonly bytes: number;
}

/** The limit that all logs of one build share. */
export interface LogRoom {
  readonly limitBytes: number;
  leftBytes: number;
}

export interface LogWriterOptions {
  /** Limit of the text; anything beyond is counted and dropped, and the log says so. */
  readonly limitBytes: number;
  readonly room: LogRoom;
  /** Saves the chunk, replacing one with the same first line, together with the log's size. May throw. */
  readonly save: (chunk: LogChunk, size: LogSize) => void;
}

export class LogWriter {
  readonly #options: LogWriterOptions;
  #chunk = new GrowingChunk(0);
  #bytes = 0;
  #isDirty = false;
  #droppedBytes = 0;
  #droppedLines = 0;

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  get size(): LogSize {
    return { lineCount: this.#chunk.firstLine + this.#chunk.lineCount, bytes: this.#bytes };
  }

  get isDirty(): boolean {
    return this.#isDirty;
  }

  /** The lines that may not be saved yet; all earlier ones are. */
  get openChunk(): LogChunk {
    return this.#chunk.whole();
  }

  /** Appends a copy of whole lines. Throws when a full chunk cannot be saved. */
  append(stream: LogStream, text: Uint8Array): void {
    if (text.length === 0) return;
    this.#saveIfFull();
    const ended = text.at(-1) === NEWLINE ? Buffer.from(text) : Buffer.concat([text, Buffer.of(NEWLINE)]);
    const { limitBytes, room } = this.#options;
    const leftBytes = Math.min(limitBytes - this.#bytes, room.leftBytes);
    const kept = this.#droppedBytes > 0 ? 0 : endOfLinesWithin(ended, leftBytes);
    room.leftBytes -= kept;
    this.#take(stream, ended.subarray(0, kept));
    if (kept === ended.length) return;
    const dropped = ended.subarray(kept);
    if (limitBytes - this.#bytes < room.leftBytes)
      this.#drop(dropped, `this log has reached logLimit, ${limitBytes} bytes`);
    else this.#drop(dropped, `the logs of this build have reached buildLogLimit, ${room.limitBytes} bytes`);
  }

  /** Saves the unsaved lines. */
  flush(): void {
    if (!this.#isDirty) return;
    this.#options.save(this.#chunk.whole(), this.size);
    this.#isDirty = false;
  }

  /** Appends a line on what was dropped, and saves. May be repeated after a failure. */
  finish(): void {
    if (this.#droppedBytes > 0) {
      const dropped = `${this.#droppedLines} lines (${this.#droppedBytes} bytes) were dropped`;
      this.#take("h", Buffer.from(`${dropped}\n`));
      this.#droppedBytes = 0;
    }
    this.flush();
  }

  #take(stream: LogStream, text: Buffer): void {
    let rest = text;
    while (rest.length > 0) {
      const cut = endOfLinesWithin(rest, CHUNK_BYTES - this.#chunk.bytes);
      const end = cut > 0 || this.#chunk.bytes > 0 ? cut : endOfFirstLine(rest);
      if (end > 0) this.#add(stream, rest.subarray(0, end));
      rest = rest.subarray(end);
      if (rest.length > 0) this.#nextChunk();
    }
  }

  #add(stream: LogStream, text: Buffer): void {
    this.#chunk.add(stream, text);
    this.#bytes += text.length;
    this.#isDirty = true;
  }

  #saveIfFull(): void {
    if (this.#chunk.isFull) this.#nextChunk();
  }

  #nextChunk(): void {
    this.flush();
    this.#chunk = new GrowingChunk(this.#chunk.firstLine + this.#chunk.lineCount);
  }

  #drop(text: Buffer, why: string): void {
    if (this.#droppedBytes === 0) this.#take("h", Buffer.from(`${why}; further output is dropped\n`));
    this.#droppedBytes += text.length;
    for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, at + 1)) this.#droppedLines++;
  }
}
