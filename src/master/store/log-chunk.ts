// A chunk of a log: its text, and the stream of each line. Pure.
import { deflateSync, inflateSync } from "node:zlib";
import type { LogLine } from "../master-view.ts";

export type LogStream = LogLine["stream"];

/** Whole lines, each with its newline. */
export interface LogChunk {
  readonly firstLine: number;
  readonly lineCount: number;
  /** Run-length encoded: a letter and a count for each run of lines, `h3o120e1`. */
  readonly streams: string;
  readonly text: Buffer;
}

/** Limit of a chunk's text, unless it is a single longer line; also what a reader inflates to get one line. */
export const CHUNK_BYTES = 64 * 1024;

const RUNS_PER_CHUNK = 1000;

const NEWLINE = 10;

/** Twice as fast as zlib's default; build output gets a few percent larger. */
const LEVEL = 3;

export function deflateText(text: Uint8Array): Uint8Array {
  return deflateSync(text, { level: LEVEL });
}

/** Undefined when the bytes are damaged. */
export function inflateText(deflated: Uint8Array): Buffer | undefined {
  try {
    return inflateSync(deflated);
  } catch {
    return undefined;
  }
}

export function countLines(text: Uint8Array): number {
  let count = 0;
  for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** The length of the whole lines that fit into `limitBytes`: 0 if the first line does not fit. */
export function endOfLinesWithin(text: Buffer, limitBytes: number): number {
  if (text.length <= limitBytes) return text.length;
  return limitBytes <= 0 ? 0 : text.lastIndexOf(NEWLINE, limitBytes - 1) + 1;
}

/** The length of the first line. */
export function endOfFirstLine(text: Uint8Array): number {
  return text.indexOf(NEWLINE) + 1;
}

/** At most `limit` lines, after skipping the first `skip` lines of the chunk. */
export function chunkLines(chunk: LogChunk, skip: number, limit: number): readonly LogLine[] {
  const lines: LogLine[] = [];
  const streams = streamsOf(chunk.streams);
  let at = 0;
  for (let line = 0; line < chunk.lineCount && lines.length < limit; line++) {
    const end = chunk.text.indexOf(NEWLINE, at);
    const stream = streams.next().value ?? "o";
    if (line >= skip) lines.push({ stream, text: chunk.text.toString("utf8", at, end) });
    at = end + 1;
  }
  return lines;
}

function* streamsOf(runs: string): Generator<LogStream, undefined> {
  for (const [, letter, count] of runs.matchAll(/([hoe])(\d+)/g)) {
    for (let left = Number(count); left > 0; left--) yield letter as LogStream;
  }
}

/** A chunk that is still being written. */
export class GrowingChunk {
  readonly firstLine: number;
  readonly #parts: Buffer[] = [];
  readonly #runs: { readonly stream: LogStream; count: number }[] = [];
  #bytes = 0;
  #lineCount = 0;

  constructor(firstLine: number) {
    this.firstLine = firstLine;
  }

  /** Full by bytes, or by changes of stream, which cost a reader more. */
  get isFull(): boolean {
    return this.#bytes >= CHUNK_BYTES || this.#runs.length >= RUNS_PER_CHUNK;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get lineCount(): number {
    return this.#lineCount;
  }

  /** Keeps a reference to the text, which must not change afterwards. */
  add(stream: LogStream, text: Buffer): void {
    const count = countLines(text);
    const last = this.#runs.at(-1);
    if (last?.stream === stream) last.count += count;
    else this.#runs.push({ stream, count });
    this.#parts.push(text);
    this.#bytes += text.length;
    this.#lineCount += count;
  }

  whole(): LogChunk {
    if (this.#parts.length > 1) this.#parts.splice(0, this.#parts.length, Buffer.concat(this.#parts));
    return {
      firstLine: this.firstLine,
      lineCount: this.#lineCount,
      streams: this.#runs.map(({ stream, count }) => `${stream}${count}`).join(""),
      text: this.#parts[0] ?? Buffer.alloc(0),
    };
  }
}
