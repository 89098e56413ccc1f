// All that one command says, on its way to the master: each stream is decoded, cut into lines and put into the common
// order of updates. Knows no process and no protocol. Holds one unfinished line a stream and one batch.
import type { Clock } from "../base/clock.ts";
import type { CommandUpdate, TextStream } from "../base/command-update.ts";
import { type TextEncoding, utf8 } from "../base/encoding/text-encoding.ts";
import { errors } from "../base/errors.ts";
import { OutputBatches } from "./batches.ts";
import { type Decoder, openDecoder } from "./decoding.ts";
import { LineFinder } from "./lines.ts";

/** A command may follow at most this many log files; each holds up to a line of memory. */
export const LOG_NAMES_LIMIT = 1000;

export type ValueUpdate = Exclude<CommandUpdate, { readonly text: Uint8Array }>;

export interface CommandOutputOptions {
  readonly clock: Clock;
  /** Called with at least one update, in order; must not throw. */
  readonly send: (updates: readonly CommandUpdate[]) => void;
  /** Longer lines are cut; see LineFinder. */
  readonly lineLimitBytes: number;
  /** Of what programs print and log files hold; default: UTF-8. */
  readonly encoding?: TextEncoding | undefined;
}

interface Channel {
  readonly name: string;
  readonly decoder: Decoder;
  readonly lines: LineFinder;
  readonly emit: (lines: Buffer | undefined) => void;
}

/** The text and values of one command. After `end` nothing more is sent: late output is dropped. */
export class CommandOutput {
  readonly #batches: OutputBatches;
  readonly #lineLimitBytes: number;
  readonly #encoding: TextEncoding;
  readonly #streams = new Map<TextStream, Channel>();
  readonly #logs = new Map<string, Channel>();
  #ended = false;

  constructor(options: CommandOutputOptions) {
    this.#batches = new OutputBatches(options);
    this.#lineLimitBytes = options.lineLimitBytes;
    this.#encoding = options.encoding ?? utf8;
  }

  /** Text of the worker's own. Without a final newline it waits for the next header or the end. */
  header(text: string): void {
    this.#say(this.#stream("header"), text);
  }

  /** Text of the worker's own among what the child wrote on stderr. */
  error(text: string): void {
    this.#say(this.#stream("stderr"), text);
  }

  /** What the child wrote. The chunk must not change afterwards. */
  write(stream: "stdout" | "stderr", chunk: Buffer): void {
    this.#push(this.#stream(stream), chunk);
  }

  /** What was added to a log file. Throws `tooManyLogs` for a name beyond LOG_NAMES_LIMIT. */
  log(name: string, chunk: Buffer): void {
    this.#push(this.#log(name), chunk);
  }

  /** A result; keeps its place among the lines that were complete before it. */
  value(update: ValueUpdate): void {
    if (!this.#ended) this.#batches.add(update);
  }

  /** Sends the unfinished last lines, each with a newline, in order of the streams' names, and all that waits. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const channels = [...this.#streams.values(), ...this.#logs.values()];
    for (const { decoder, lines, emit } of channels.sort(byName)) {
      emit(lines.push(decoder.end()));
      emit(lines.end());
    }
    this.#batches.flush();
  }

  #push({ decoder, lines, emit }: Channel, chunk: Buffer): void {
    if (!this.#ended) emit(lines.push(decoder.push(chunk)));
  }

  #say({ lines, emit }: Channel, text: string): void {
    if (!this.#ended) emit(lines.push(Buffer.from(text)));
  }

  #stream(stream: TextStream): Channel {
    return (
      this.#streams.get(stream) ??
      opened(
        this.#streams,
        stream,
        this.#channel(stream, (text) => ({ key: stream, text })),
      )
    );
  }

  #log(name: string): Channel {
    const known = this.#logs.get(name);
    if (known !== undefined) return known;
    if (this.#logs.size >= LOG_NAMES_LIMIT) throw errors.tooManyLogs(LOG_NAMES_LIMIT);
    return opened(
      this.#logs,
      name,
      this.#channel(name, (text) => ({ key: "log", log: name, text })),
    );
  }

  #channel(name: string, update: (text: Buffer) => CommandUpdate): Channel {
    return {
      name,
      decoder: openDecoder(this.#encoding),
      lines: new LineFinder(this.#lineLimitBytes),
      emit: (lines) => {
        if (lines !== undefined) this.#batches.add(update(lines));
      },
    };
  }
}

function opened<Name>(channels: Map<Name, Channel>, name: Name, channel: Channel): Channel {
  channels.set(name, channel);
  return channel;
}

function byName(a: Channel, b: Channel): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}
