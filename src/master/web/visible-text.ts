// Makes invisible and misleading characters visible. Independent of HTML.

/**
 * Control characters except tab and newline, lone surrogates, and marks that change the text direction or have no
 * width.
 */
const HIDDEN = /(?![\t\n])[\p{Cc}\p{Cs}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}]/gu;
/** Unicode has pictures of the ASCII control characters, in the same order. */
const PICTURES_FROM = 0x2400;
const PICTURE_OF_DELETE = "\u{2421}";

/** As many characters, and a sign if there are more. */
export function beginning(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters)}…` : text;
}

/** Replaces each such character by a picture or its number. */
export function visibleText(text: string): string {
  return text.replaceAll(HIDDEN, (hidden) => {
    const code = hidden.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(PICTURES_FROM + code);
    if (code === 0x7f) return PICTURE_OF_DELETE;
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}
