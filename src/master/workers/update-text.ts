// Text of one command as the master wants it: valid UTF-8 in whole lines, whatever the worker makes of it. Workers before 3.6
// send pieces as they come, those of Python 2 send bytes, and a hostile one what it likes.
import { clip } from "../../base/clip.ts";
import type { CommandUpdate, TextStream } from "../../base/command-update.ts";
import { joinedLines, LineFinder, Utf8Decoder } from "../../output/index.ts";

/** Longer lines are cut, as by Buildbot's masters. */
const LINE_LIMIT_BYTES = 64 * 1024;
/** Names of log files; what more of them bring is left out. */
const MOST_LOGS = 100;

export type StreamName = TextStream | { readonly log: string };

interface Stream {
  readonly name: StreamName;
  readonly decoder: Utf8Decoder;
  readonly finder: LineFinder;
}

export class UpdateText {
  readonly #streams = new Map<string, Stream>();

  /** The lines that are whole with it, if any. Throws nothing; undefined too for one log too many. */
  push(name: StreamName, text: string | Uint8Array): CommandUpdate | undefined {
    const stream = this.#stream(name);
    if (stream === undefined) return undefined;
    const lines = joinedLines(stream.finder.push(decoded(stream, text)));
    return lines && updateOf(stream.name, lines);
  }

  /** The lines that nothing ended, each with a newline now; by the names of their streams. */
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
    // Three are no logs.
    if (this.#streams.size === MOST_LOGS + 3) return undefined;
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
