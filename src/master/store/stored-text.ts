// Text as the database takes it. Pure.

/** SQLite's texts end at a NUL, and its UTF-8 has no lone surrogates: both become the replacement character. */
export function storedText(text: string): string {
  return text.replaceAll("\0", "\u{fffd}").toWellFormed();
}
