// What a difference that is meant is made of, and ways to say how our worker's record differs from the Python worker's.
import type { CommandRecord } from "../support/command-record.ts";

export type Change = (theirs: CommandRecord) => Partial<CommandRecord>;

export interface Difference {
  /** A sentence for people, without a full stop. */
  readonly reason: string;
  /** By the names of the cases. What a change does not name is as the Python worker gives it. */
  readonly changes: Readonly<Record<string, Change>>;
  /** For root the two are equal. */
  readonly unlessRoot?: true;
  /** What the Python worker gives is left to chance, so that two of them are not compared. */
  readonly leftToChance?: true;
}

/** startCommand is answered with a TypeError of these words, and nothing is done. */
export function refused(text: string): Change {
  return () => ({ refused: { type: "builtins.TypeError", text }, events: [], printed: {}, failure: null });
}

/** The same error in these words. */
export function worded(text: string): Change {
  return ({ refused: refusal, failure }) => ({
    refused: refusal && { ...refusal, text },
    failure: failure && { ...failure, text },
  });
}

/** Nothing but a failure. */
export function failed(type: string, text: string): Change {
  return () => ({ events: [["elapsed", "<float>"]], printed: {}, failure: { type, text } });
}

export function stderr(line: string): Change {
  return ({ printed }) => ({ printed: { ...printed, stderr: `${line}\n` } });
}

export function stdout(text: string): Change {
  return ({ printed }) => ({ printed: { ...printed, stdout: text } });
}

/** All that is printed. */
export function printedOnly(printed: CommandRecord["printed"]): Change {
  return () => ({ printed });
}

/** All of a log file. */
export function log(name: string, text: string): Change {
  return ({ printed }) => ({ printed: { ...printed, [`log ${name}`]: text } });
}

/** Their events with another rc. */
export function withRc(rc: number, { events }: CommandRecord): CommandRecord["events"] {
  return events.map((event) => (event[0] === "rc" ? ["rc", rc] : event));
}

/** Their headers, changed. */
export function headers(change: (text: string) => string): Change {
  return ({ events }) => ({
    events: events.map(([key, value]) => [key, key === "header" ? change(String(value)) : value]),
  });
}

/** One after the other. */
export function both(first: Change, second: Change): Change {
  return (theirs) => {
    const changed = first(theirs);
    return { ...changed, ...second({ ...theirs, ...changed }) };
  };
}

/** A line of ours on why the program ended so, before its rc. */
export function verdict(text: string): Change {
  return ({ events }) => {
    const place = events.findIndex(([key]) => key === "rc");
    const [key, before] = events[place - 1] ?? [];
    const line = `buildhand: ${text}\n`;
    return {
      events:
        key === "header"
          ? events.with(place - 1, ["header", `${String(before)}${line}`])
          : events.toSpliced(Math.max(place, 0), 0, ["header", line]),
    };
  };
}

/** A shell command that succeeded although theirs did not. */
export function ran(header: readonly string[], output: string): Change {
  return () => ({
    events: [
      ["header", `${header.join("\n")}\n`],
      ["rc", 0],
      ["header", "elapsedTime=<seconds>\n"],
      ["elapsed", "<float>"],
    ],
    printed: { stdout: output },
    failure: null,
  });
}
