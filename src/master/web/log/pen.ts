// Follows the escape sequences of a terminal through the lines of one stream: looks (SGR) and links (OSC 8) last from line
// to line, all other sequences are left out. Knows nothing of HTML.
import { webLink } from "../safe-link.ts";
import { plain, type Rendition, rendition } from "./rendition.ts";

export interface Piece {
  readonly text: string;
  readonly look: Rendition;
  /** On the web, or undefined. */
  readonly href: string | undefined;
}

/** Terminals take no longer address either; each piece of a line repeats it. */
const LONGEST_LINK = 2083;
/** A line of more changes of look is shown plain from there on. */
const PIECES_PER_LINE_AT_MOST = 200;

const ESC = "\u{1b}";
const BEL = "\u{7}";
const ST = `${ESC}\\\\`;
/** In this order: CSI with its parameters and final; OSC 8 with its address; other strings; escapes of two characters. */
const SEQUENCE = new RegExp(
  [
    `${ESC}\\[(?<parameters>[0-?]*)[ -/]*(?<final>[@-~])`,
    `${ESC}\\]8;[^;${BEL}${ESC}]*;(?<address>[^${BEL}${ESC}]*)(?:${BEL}|${ST})`,
    `${ESC}[\\]PX^_][^${BEL}${ESC}]*(?:${BEL}|${ST})`,
    `${ESC}[ -/]*[0-OQ-WYZ\`-~]`,
  ].join("|"),
  "g",
);

/** One for each stream of a log; lines are to be written in order. */
export class Pen {
  #look: Rendition = plain;
  #href: string | undefined;

  /** A line in pieces of one look each. An escape that is no whole sequence stays in the text. */
  write(line: string): readonly Piece[] {
    if (!line.includes(ESC)) return this.#pieces(line);
    const pieces: Piece[] = [];
    let from = 0;
    for (const found of line.matchAll(SEQUENCE)) {
      if (pieces.length < PIECES_PER_LINE_AT_MOST) pieces.push(...this.#pieces(line.slice(from, found.index)));
      else pieces.push({ text: line.slice(from, found.index), look: plain, href: undefined });
      from = found.index + found[0].length;
      this.#obey(found.groups ?? {});
    }
    return joined([...pieces, ...this.#pieces(line.slice(from))]);
  }

  /** Forgets looks and links: what would have ended them was not seen. */
  reset(): void {
    this.#look = plain;
    this.#href = undefined;
  }

  #obey({ parameters, final, address }: Readonly<Record<string, string | undefined>>): void {
    if (final === "m" && parameters !== undefined) this.#look = rendition(this.#look, parameters);
    if (address === undefined) return;
    const href = webLink(address);
    this.#href = href !== undefined && href.length <= LONGEST_LINK ? href : undefined;
  }

  #pieces(text: string): readonly Piece[] {
    return text === "" ? [] : [{ text, look: this.#look, href: this.#href }];
  }
}

/** Neighbours that look the same as one. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    const same = last !== undefined && last.look === piece.look && last.href === piece.href;
    if (same) result[result.length - 1] = { ...piece, text: last.text + piece.text };
    else result.push(piece);
  }
  return result;
}
