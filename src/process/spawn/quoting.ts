// Commands given as a list: the words to execute, and those that are shown.
import { pythonStr } from "../../base/python-repr.ts";
import { Tuple } from "../../base/python-values.ts";

export interface CommandWords {
  /** To execute; may contain secrets. */
  readonly real: readonly string[];
  /** For logs and messages. */
  readonly shown: readonly string[];
}

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

function isObfuscated(item: unknown): item is Tuple {
  return item instanceof Tuple && item.items.length === 3 && item.items[0] === "obfuscated";
}
