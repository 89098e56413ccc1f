// The output of one command: each stream is decoded, split into lines and merged into the common order of updates.
// Knows no process and no protocol. Holds one unfinished line per stream and one batch.
import type { Clock } from "../base/clock.ts";
import type { CommandUpdate, LineTime, TextStream } from "../base/command-update.ts";
import { type TextEncoding, utf8 } from "../base/encoding/text-encoding.ts";
import { OutputBatches, type SendUpdates } from "./batches.ts";
import { type Decoder, openDecoder } from "./decoding.ts";
import { outputErrors } from "./errors.ts";
import { LineFinder } from "./lines.ts";

/** Log files that one command may follow; each holds up to a line of memory. */
export const LOG_NAMES_LIMIT = 1000;

const LF = 0x0a;

export type ValueUpdate = Exclude<CommandUpdate, { readonly text: Uint8Array }>;

/**
 * A master's settings for lines and batches; without them the worker's own constants apply.
 */
export interface OutputRules {
  /** Longer lines are cut; counts UTF-8 bytes with the newline. */
  readonly lineLimitBytes: number;
  /** A batch of this size is sent at once. */
  readonly batchLimitBytes: number;
  /** Maximum time between two batches that are not full. */
  readonly longestIntervalMs: number;
  /** Whether updates include the start times of their lines. */
  readonly isTimed: boolean;
}

export interface CommandOutputOptions {
  readonly clock: Clock;
  /** Called with at least one update, in order; see OutputBatchesOptions. */
  readonly send: SendUpdates;
  /** Longer lines are cut; see LineFinder. */
  readonly lineLimitBytes: number;
  /** Encoding of the output of programs and of log files; default: UTF-8. */
  readonly encoding?: TextEncoding | undefined;
  /** The master's settings; its line limit applies if it is the lower one. */
  readonly rules?: OutputRules | undefined;
  /** Hides secrets in the worker's own text. */
  readonly hide?: (text: string) => string;
}

interface Channel {
  readonly name: string;
  readonly decoder: Decoder;
  readonly lines: LineFinder;
  readonly update: (text: Buffer, times: { readonly times?: readonly LineTime[] }) => CommandUpdate;
  /** Start time of the unfinished line: seconds since the epoch. */
  heldSinceSeconds: number;
}

/** The text and values of one command. After `end` nothing more is sent: late output is dropped. */
export class CommandOutput {
  readonly #batches: OutputBatches;
  readonly #options: CommandOutputOptions;
  readonly #streams = new Map<TextStream, Channel>();
  readonly #logs = new Map<string, Channel>();
  #ended = false;

  constructor(options: CommandOutputOptions) {
    const { clock, send, rules } = options;
    this.#options = options;
    this.#batches = new OutputBatches({
      clock,
      send,
      limitBytes: rules?.batchLimitBytes,
      longestIntervalMs: rules?.longestIntervalMs,
    });
  }

  /** The worker's own text. Without a final newline it waits for the next header or the end. */
  header(text: string): void {
    this.#pushOwnText(this.#stream("header"), text);
  }

  /** The worker's own text within the child's stderr. */
  error(text: string): void {
    this.#pushOwnText(this.#stream("stderr"), text);
  }

  /** Output of the child. The caller may reuse the chunk afterwards. */
  write(stream: "stdout" | "stderr", chunk: Buffer): void {
    this.#push(this.#stream(stream), chunk);
  }

  /** Text added to a log file. Throws `tooManyLogs` for a name beyond LOG_NAMES_LIMIT. */
  log(name: string, chunk: Buffer): void {
    this.#push(this.#log(name), chunk);
  }

  /** A result; keeps its place among the lines that were complete before it. */
  value(update: ValueUpdate): void {
    if (!this.#ended) this.#batches.add(update);
  }

  /**
   * Sends the unfinished last lines, each with a newline, in order of the streams' names, and everything that waits.
   */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const channels = [...this.#streams.values(), ...this.#logs.values()];
    for (const channel of channels.sort(byName)) {
      this.#take(channel, channel.decoder.end());
      this.#emit(channel, channel.lines.holdsLine, channel.lines.end());
    }
    this.#batches.flush();
  }

  #push(channel: Channel, chunk: Buffer): void {
    if (!this.#ended) this.#take(channel, channel.decoder.push(chunk));
  }

  #pushOwnText(channel: Channel, text: string): void {
    const { hide } = this.#options;
    if (!this.#ended) this.#take(channel, Buffer.from(hide === undefined ? text : hide(text)));
  }

  #take(channel: Channel, text: Buffer): void {
    const heldLine = channel.lines.holdsLine;
    this.#emit(channel, heldLine, channel.lines.push(text));
  }

  /** `heldLine`: the first of the lines began in an earlier chunk. */
  #emit(channel: Channel, heldLine: boolean, texts: readonly Buffer[]): void {
    const { clock, rules } = this.#options;
    if (rules?.isTimed !== true) {
      for (const lines of texts) this.#batches.add(channel.update(lines, {}));
      return;
    }
    const nowSeconds = clock.date().getTime() / 1000;
    for (const [index, lines] of texts.entries()) {
      const times =
        heldLine && index === 0
          ? [
              { at: 0, seconds: channel.heldSinceSeconds },
              { at: lines.indexOf(LF) + 1, seconds: nowSeconds },
            ]
          : [{ at: 0, seconds: nowSeconds }];
      this.#batches.add(channel.update(lines, { times }));
    }
    if (texts.length > 0 || !heldLine) channel.heldSinceSeconds = nowSeconds;
  }

  #stream(stream: TextStream): Channel {
    const known = this.#streams.get(stream);
    return known ?? this.#open(this.#streams, stream, (text, times) => ({ key: stream, text, ...times }));
  }

  #log(name: string): Channel {
    const known = this.#logs.get(name);
    if (known !== undefined) return known;
    if (this.#logs.size >= LOG_NAMES_LIMIT) throw outputErrors.tooManyLogs(LOG_NAMES_LIMIT);
    return this.#open(this.#logs, name, (text, times) => ({ key: "log", log: name, text, ...times }));
  }

  #open<Name extends string>(channels: Map<Name, Channel>, name: Name, update: Channel["update"]): Channel {
    const { encoding = utf8, lineLimitBytes, rules } = this.#options;
    const limitBytes = Math.min(lineLimitBytes, rules?.lineLimitBytes ?? lineLimitBytes);
    const decoder = openDecoder(encoding);
    const channel = { name, decoder, lines: new LineFinder(limitBytes), update, heldSinceSeconds: 0 };
    channels.set(name, channel);
    return channel;
  }
}

function byName(a: Channel, b: Channel): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}
