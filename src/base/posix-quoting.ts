// How words are shown: as one line that a POSIX shell could parse. That line is executed only in scripts of our own.

const BARE_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** The words joined by spaces, quoted where needed; an empty word is `""`, as Buildbot shows it. */
export function quotedForShell(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}

function quoted(word: string): string {
  if (word === "") return '""';
  return BARE_WORD.test(word) ? word : singleQuoted(word);
}

/** Any text as one word for a POSIX shell. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
