// Interprets terminal escape sequences in the lines of one stream: styles (SGR) and links (OSC 8) carry over from line
// to line, other sequences are removed. Independent of HTML.
import { webLink } from "../safe-link.ts";
import { plain, type Rendition, rendition } from "./rendition.ts";

export interface StyledText {
  readonly text: string;
  readonly look: Rendition;
  /** An http or https address, or undefined. */
  readonly href: string | undefined;
}

/** The limit of terminals, too; each piece of a line repeats the address. */
const LONGEST_LINK = 2083;
/** After this many style changes, the rest of a line is shown plain. */
const PIECES_PER_LINE_AT_MOST = 200;

const ESC = "\u{1b}";
const BEL = "\u{7}";
const ST = `${ESC}\\\\`;
/** In this order: CSI with parameters and final byte; OSC 8 with its address; other strings; two-character escapes. */
const SEQUENCE = new RegExp(
  [
    `${ESC}\\[(?<parameters>[0-?]*)[ -/]*(?<final>[@-~])`,
    `${ESC}\\]8;[^;${BEL}${ESC}]*;(?<address>[^${BEL}${ESC}]*)(?:${BEL}|${ST})`,
    `${ESC}[\\]PX^_][^${BEL}${ESC}]*(?:${BEL}|${ST})`,
    `${ESC}[ -/]*[0-OQ-WYZ\`-~]`,
  ].join("|"),
  "g",
);

/** A line without its sequences. */
export function unstyledText(line: string): string {
  return line.includes(ESC) ? line.replaceAll(SEQUENCE, "") : line;
}

/** One per stream of a log; lines must be written in order. */
export class Pen {
  #look: Rendition = plain;
  #href: string | undefined;

  /** Splits a line into pieces of one style each. An incomplete sequence stays in the text. */
  write(line: string): readonly StyledText[] {
    if (!line.includes(ESC)) return this.#pieces(line);
    const pieces: StyledText[] = [];
    let from = 0;
    for (const found of line.matchAll(SEQUENCE)) {
      if (pieces.length < PIECES_PER_LINE_AT_MOST) pieces.push(...this.#pieces(line.slice(from, found.index)));
      else pieces.push({ text: line.slice(from, found.index), look: plain, href: undefined });
      from = found.index + found[0].length;
      this.#apply(found.groups ?? {});
    }
    return joined([...pieces, ...this.#pieces(line.slice(from))]);
  }

  /** Resets the style and link, since the sequences that end them may have been cut off. */
  reset(): void {
    this.#look = plain;
    this.#href = undefined;
  }

  #apply({ parameters, final, address }: Readonly<Record<string, string | undefined>>): void {
    if (final === "m" && parameters !== undefined) this.#look = rendition(this.#look, parameters);
    if (address === undefined) return;
    const href = webLink(address);
    this.#href = href !== undefined && href.length <= LONGEST_LINK ? href : undefined;
  }

  #pieces(text: string): readonly StyledText[] {
    return text === "" ? [] : [{ text, look: this.#look, href: this.#href }];
  }
}

/** Joins adjacent pieces of the same style. */
function joined(pieces: readonly StyledText[]): readonly StyledText[] {
  const result: StyledText[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    const same = last !== undefined && last.look === piece.look && last.href === piece.href;
    if (same) result[result.length - 1] = { ...piece, text: last.text + piece.text };
    else result.push(piece);
  }
  return result;
}
