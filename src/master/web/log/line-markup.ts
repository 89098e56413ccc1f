// A line of a log as HTML: its number as a link, its stream in words, and its text with links.
import { type Markup, markup } from "../markup.ts";
import { webLink } from "../safe-link.ts";
import { isErrorLine } from "./error-lines.ts";
import type { StyledText } from "./pen.ts";
import type { Rendition } from "./rendition.ts";
import type { ShownLine } from "./window.ts";

const origins = {
  h: { tone: "header", word: "info" },
  o: { tone: "output", word: "" },
  e: { tone: "stderr", word: "stderr" },
} as const;

/** `windowPath` is the address of the line's window, for its deep link. */
export function lineMarkup(line: ShownLine, windowPath: string): Markup {
  const { tone, word } = origins[line.stream];
  const rest =
    line.leftOutCharacters > 0 &&
    markup`<span class="rest">… ${line.leftOutCharacters.toLocaleString("en")} more characters in the download</span>`;
  const isError = line.stream !== "h" && isErrorLine(line.pieces.map(({ text }) => text).join(""));
  return markup`<div class="line ${tone}${isError && " failing"}" id="L${line.number}"><a class="number" href="${windowPath}#L${line.number}">${line.number}</a><span class="origin">${word}</span><code>${line.pieces.map(piece)}${rest}</code></div>
`;
}

function piece({ text, look, href }: StyledText): Markup {
  const classes = classesOf(look);
  const inner = href === undefined ? linked(text) : anchor(href, text);
  return classes === "" ? markup`${inner}` : markup`<span class="${classes}">${inner}</span>`;
}

function classesOf(look: Rendition): string {
  const { foreground, background } = look.inverse
    ? { foreground: look.background, background: look.foreground }
    : { foreground: look.foreground, background: look.background };
  return [
    // a background sets the text colour too, since not every pair is readable
    background !== undefined
      ? `bg${background}`
      : look.inverse
        ? "inverse"
        : foreground !== undefined && `fg${foreground}`,
    look.bold && "bold",
    look.faint && "faint",
    look.italic && "italic",
    look.underline && "underline",
    look.strike && "strike",
  ]
    .filter((name) => typeof name === "string")
    .join(" ");
}

const ADDRESS = /https?:\/\/[^\s<>"'`\p{C}]+/gu;
/** Characters that more often belong to the sentence than to the address. */
const TRAILING = /(?<![.,;:!?)\]}])[.,;:!?)\]}]+$/;

function linked(text: string): readonly (string | Markup)[] {
  const parts: (string | Markup)[] = [];
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = found[0].replace(TRAILING, "");
    const href = webLink(address);
    if (href === undefined) continue;
    parts.push(text.slice(from, found.index), anchor(href, address));
    from = found.index + address.length;
  }
  return [...parts, text.slice(from)];
}

function anchor(href: string, text: string): Markup {
  return markup`<a href="${href}" title="${href}" rel="noopener noreferrer nofollow">${text}</a>`;
}
