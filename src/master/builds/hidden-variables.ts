// Removes variables from the headers in which workers list the environment of a program (buildbot-pb.md
// §7.2).
import { namePattern } from "../../base/name-pattern.ts";

const LIST = " environment:";
const LIST_END = /^ (?:using PTY: |writing \d+ bytes to stdin|closing stdin)/;
const VARIABLE = /^ {2}([^=]+)=/;

export interface HiddenVariablesOptions {
  /** Patterns as for fnmatch. */
  readonly patterns: readonly string[];
  /** Names of variables that may be listed; any other line continues the previous value. */
  readonly names: ReadonlySet<string>;
}

/** Returns a function that removes matching variables from the header text of one command, given in whole lines. */
export function hideVariables({ patterns, names }: HiddenVariablesOptions): (text: Uint8Array) => Uint8Array {
  const tests = patterns.map(namePattern);
  let isInList = false;
  let isHiding = false;
  const isShown = (line: string) => {
    const name = VARIABLE.exec(line)?.[1];
    if (line === LIST || LIST_END.test(line)) {
      isInList = line === LIST;
      isHiding = false;
    } else if (isInList && name !== undefined) {
      // A value may contain lines that look like variables.
      const isHidden = tests.some((matches) => matches(name));
      isHiding = isHidden || (isHiding && !names.has(name));
    }
    return !isHiding;
  };
  return (text) => {
    if (tests.length === 0) return text;
    const lines = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
      .toString()
      .split(/(?<=\n)/);
    return Buffer.from(lines.filter((line) => isShown(line.replace(/\n$/, ""))).join(""));
  };
}
