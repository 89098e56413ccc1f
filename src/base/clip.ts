// Keeps what a peer chose from filling or breaking a log line.

const LONGEST_SHOWN = 200;

/** The text, cut to at most 200 characters, with what was left out said. */
export function clip(text: string): string {
  if (text.length <= LONGEST_SHOWN) return text;
  return `${text.slice(0, LONGEST_SHOWN)}… (${text.length} characters)`;
}

/** The same without control characters, which could rewrite a terminal or forge entries of a log. */
export function clippedLine(text: string): string {
  return clip(text.replaceAll(/\p{Cc}/gu, "?"));
}
