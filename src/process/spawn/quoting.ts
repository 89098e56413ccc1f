// A command given as a list: the words it runs with, and how they are shown to people, as one line that a POSIX shell
// would read back. Nothing is ever run from that line.
import { pythonStr } from "../../base/python-repr.ts";
import { Tuple } from "../../base/python-values.ts";

export interface CommandWords {
  /** What is executed; may hold secrets. */
  readonly real: readonly string[];
  /** The same words for every log and message. */
  readonly shown: readonly string[];
}

const BARE_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * The words of a command as the master sent it. The tuple ("obfuscated", real, shown), and only a tuple, hides a word;
 * what is not text becomes text as Python's `str` writes it.
 */
export function commandWords(command: readonly unknown[]): CommandWords {
  return {
    real: command.map((item) => pythonStr(isObfuscated(item) ? item.items[1] : item)),
    shown: command.map((item) => pythonStr(isObfuscated(item) ? item.items[2] : item)),
  };
}

/** The words joined by spaces, quoted where needed; an empty word is `""`, as Buildbot shows it. */
export function quotedForShell(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}

function isObfuscated(item: unknown): item is Tuple {
  return item instanceof Tuple && item.items.length === 3 && item.items[0] === "obfuscated";
}

function quoted(word: string): string {
  if (word === "") return '""';
  return BARE_WORD.test(word) ? word : singleQuoted(word);
}

/** Any text as one word for a POSIX shell. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
