// Converts the output of one command to valid UTF-8 in whole lines. Workers before 3.6 send arbitrary pieces, Python 2
// workers send bytes, and a hostile worker may send anything.
import { clip } from "../../base/clip.ts";
import type { CommandUpdate, TextStream } from "../../base/command-update.ts";
import { joinedLines, LineFinder, Utf8Decoder } from "../../output/index.ts";

/** Longer lines are split. */
const LINE_LIMIT_BYTES = 64 * 1024;
/** Log files per command; the text of further ones is dropped. */
const MAX_LOGS = 100;

export type StreamName = TextStream | { readonly log: string };

interface Stream {
  readonly name: StreamName;
  readonly decoder: Utf8Decoder;
  readonly finder: LineFinder;
}

export class UpdateText {
  readonly #streams = new Map<string, Stream>();

  /** The lines that are complete now, if any. Undefined also beyond the limit of logs. Never throws. */
  push(name: StreamName, text: string | Uint8Array): CommandUpdate | undefined {
    const stream = this.#stream(name);
    if (stream === undefined) return undefined;
    const lines = joinedLines(stream.finder.push(decoded(stream, text)));
    return lines && updateOf(stream.name, lines);
  }

  /** The unterminated last lines, each with a newline added, sorted by stream. */
  end(): readonly CommandUpdate[] {
    const streams = [...this.#streams].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, stream]) => stream);
    this.#streams.clear();
    return streams.flatMap(({ name, decoder, finder }) => {
      const before = joinedLines(finder.push(decoder.end()));
      const last = joinedLines(finder.end());
      return [before, last].filter((lines) => lines !== undefined).map((lines) => updateOf(name, lines));
    });
  }

  #stream(name: StreamName): Stream | undefined {
    const key = typeof name === "string" ? name : `log ${name.log}`;
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    // Header, stdout and stderr are not log files.
    if (this.#streams.size === MAX_LOGS + 3) return undefined;
    const shown = typeof name === "string" ? name : { log: clip(name.log).toWellFormed() };
    const stream = { name: shown, decoder: new Utf8Decoder(), finder: new LineFinder(LINE_LIMIT_BYTES) };
    this.#streams.set(key, stream);
    return stream;
  }
}

function decoded({ decoder }: Stream, text: string | Uint8Array): Buffer {
  if (typeof text !== "string") return decoder.push(Buffer.from(text.buffer, text.byteOffset, text.byteLength));
  const half = decoder.end();
  const bytes = Buffer.from(text);
  return half.length === 0 ? bytes : Buffer.concat([half, bytes]);
}

function updateOf(name: StreamName, text: Uint8Array): CommandUpdate {
  return typeof name === "string" ? { key: name, text } : { key: "log", log: name.log, text };
}
