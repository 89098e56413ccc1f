// Commands given as a list: the words to execute, and how they are shown: as one line that a POSIX shell could parse.
// That line is never executed.
import { pythonStr } from "../../base/python-repr.ts";
import { Tuple } from "../../base/python-values.ts";

export interface CommandWords {
  /** To execute; may contain secrets. */
  readonly real: readonly string[];
  /** For logs and messages. */
  readonly shown: readonly string[];
}

const BARE_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * The words of a command from the master. Only a tuple ("obfuscated", real, shown) hides a word; other values become
 * text as in Python's `str`.
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
