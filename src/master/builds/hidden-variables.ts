// Keeps variables out of the headers in which workers list the environment of a program, whichever worker it is
// (docs/protocol/buildbot-pb.md §7.2).
import { namePattern } from "../../base/name-pattern.ts";

const LIST = " environment:";
const LIST_END = /^ (?:using PTY: |writing \d+ bytes to stdin|closing stdin)/;
const VARIABLE = /^ {2}([^=]+)=/;

export interface HiddenVariablesOptions {
  /** As for fnmatch. */
  readonly patterns: readonly string[];
  /** Names of variables that may be in the list: any other line belongs to the value before it. */
  readonly names: ReadonlySet<string>;
}

/** A function that takes the header text of one command, in whole lines, and leaves out the variables that match. */
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
      // A value may have lines that look like variables.
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
