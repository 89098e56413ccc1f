// What a worker and its launcher say to each other, both of the same program: lines of JSON. Knows no processes.
import type { Launch } from "./exec-lookup.ts";

/** Of this form of the lines. The launcher's program may have been installed anew since the worker started. */
const FORM = 1;

/** What the launcher says first. */
export const READY_LINE = `${JSON.stringify(["ready", FORM])}\n`;

/** Descriptors of the worker, which the launcher opens anew: stdin for reading, stdout and stderr for writing. */
export type LaunchDescriptors = readonly [stdin: number, stdout: number, stderr: number];

export interface LaunchRequest extends Launch {
  /** By which answers refer to it. */
  readonly id: number;
  readonly descriptors: LaunchDescriptors;
}

/** The launcher's answers: to each request, in their order, `started` or `refused`, and `ended` to each that was started. */
export type LaunchAnswer =
  | { readonly type: "started"; readonly id: number; readonly pid: number }
  /** Nothing was started; why is for whoever tries it himself to find out. */
  | { readonly type: "refused"; readonly id: number; readonly cause: "descriptors" | "program" }
  /** As Node's `exit` event has it. */
  | {
      readonly type: "ended";
      readonly id: number;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
    };

/** A line of JSON, whose text holds no line ends. */
export function launchLine(message: LaunchRequest | LaunchAnswer): string {
  return `${JSON.stringify(message)}\n`;
}

/** What a line says; it must come from `launchLine`. */
export function readLaunchLine<Message extends LaunchRequest | LaunchAnswer>(line: string): Message {
  return JSON.parse(line) as Message;
}

/** Calls `onLine` with each whole line, its end included, of a text that comes in chunks. */
export function lineSplitter(onLine: (line: string) => void): (chunk: string) => void {
  let begun = "";
  return (chunk) => {
    const lines = (begun + chunk).split(/(?<=\n)/);
    begun = lines.at(-1)?.endsWith("\n") === false ? (lines.pop() ?? "") : "";
    for (const line of lines) if (line !== "") onLine(line);
  };
}
