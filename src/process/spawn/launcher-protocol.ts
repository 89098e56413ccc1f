// The protocol between a worker and its launcher of the same version: lines of JSON. Knows no processes.
import type { Launch } from "./exec-lookup.ts";

/** Version of the protocol. The launcher's file may have been upgraded since the worker started. */
const PROTOCOL_VERSION = 1;

/** The launcher's first line. */
export const READY_LINE = `${JSON.stringify(["ready", PROTOCOL_VERSION])}\n`;

/** Descriptors of the worker, which the launcher reopens: stdin for reading, stdout and stderr for writing. */
export type LaunchDescriptors = readonly [stdin: number, stdout: number, stderr: number];

export interface LaunchRequest extends Launch {
  /** Answers refer to it. */
  readonly id: number;
  readonly descriptors: LaunchDescriptors;
}

/** To each request, in order, `started` or `refused`, and later `ended` for each started program. */
export type LaunchAnswer =
  | { readonly type: "started"; readonly id: number; readonly pid: number }
  /** Nothing was started; the worker tries itself and gets the reason. */
  | { readonly type: "refused"; readonly id: number; readonly cause: "descriptors" | "program" }
  /** The arguments of Node's `exit` event. */
  | {
      readonly type: "ended";
      readonly id: number;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
    };

/** A line of JSON, without newlines inside. */
export function launchLine(message: LaunchRequest | LaunchAnswer): string {
  return `${JSON.stringify(message)}\n`;
}

/** Parses a line from `launchLine`. */
export function readLaunchLine<Message extends LaunchRequest | LaunchAnswer>(line: string): Message {
  return JSON.parse(line) as Message;
}

/** Calls `onLine` with each complete line, including its newline, of a text that arrives in chunks. */
export function lineSplitter(onLine: (line: string) => void): (chunk: string) => void {
  let unfinished = "";
  return (chunk) => {
    const lines = (unfinished + chunk).split(/(?<=\n)/);
    unfinished = lines.at(-1)?.endsWith("\n") === false ? (lines.pop() ?? "") : "";
    for (const line of lines) if (line !== "") onLine(line);
  };
}
