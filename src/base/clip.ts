// Prevents text chosen by a peer from filling or breaking a log line.

const LONGEST_SHOWN = 200;

/** The text, cut to 200 characters; a cut text ends with its original length. */
export function clip(text: string): string {
  if (text.length <= LONGEST_SHOWN) return text;
  return `${text.slice(0, LONGEST_SHOWN)}… (${text.length} characters)`;
}

/** The same without control characters, which could rewrite a terminal or forge log entries. */
export function clippedLine(text: string): string {
  return clip(text.replaceAll(/\p{Cc}/gu, "?"));
}
