// Makes visible what would hide in a text, or make it look like another. Knows nothing of HTML.

/** Controls but for tab and newline, halves of characters, and marks that turn the direction of text or have no width. */
const HIDDEN = /(?![\t\n])[\p{Cc}\p{Cs}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}]/gu;
/** Unicode has pictures of the ASCII controls, in their order. */
const PICTURES_FROM = 0x2400;
const PICTURE_OF_DELETE = "\u{2421}";

/** The text with a picture, or the number, in the place of each such character. */
export function visibleText(text: string): string {
  return text.replaceAll(HIDDEN, (hidden) => {
    const code = hidden.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(PICTURES_FROM + code);
    if (code === 0x7f) return PICTURE_OF_DELETE;
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}
