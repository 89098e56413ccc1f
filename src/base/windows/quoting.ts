// How words become a line of a batch file, and what Buildbot's worker shows for a list on Windows: the C runtime's quoting
// inside that of cmd.exe. Text only.

/** The words as one line of a batch file; `%` and the characters of cmd.exe lose their meaning. */
export function quotedForBatch(words: readonly string[]): string {
  return words
    .map((word) =>
      quotedForRuntime(word)
        .replaceAll(/[@()^"<>&|]/g, "^$&")
        .replaceAll("%", "%%"),
    )
    .join(" ");
}

/** One word of a command line, as programs read it. Like Buildbot's worker, doubles backslashes at its end in any case. */
export function quotedForRuntime(word: string): string {
  const quote = word === "" || /[ \t"]/.test(word) ? '"' : "";
  return `${quote}${doubledBeforeQuotes(word)}${quote}`;
}

/** Backslashes count only in front of a quote, where each needs another one. */
function doubledBeforeQuotes(word: string): string {
  let text = "";
  let backslashes = "";
  for (const character of word) {
    if (character === "\\") {
      backslashes += character;
      continue;
    }
    text += character === '"' ? `${backslashes}${backslashes}\\"` : backslashes + character;
    backslashes = "";
  }
  return text + backslashes + backslashes;
}
