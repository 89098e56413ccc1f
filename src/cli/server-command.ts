// The arguments of the commands `buildhand master …` and `buildhand relay …`.
import { resolve } from "node:path";
import { baseErrors } from "../base/errors.ts";
import type { OptionRow, ParsedOptions } from "./option-parser.ts";
import { type Say, sayUnlessQuiet } from "./printer.ts";
import { inBackgroundOption } from "./relaunch.ts";

export interface ServerCommand extends Pick<ParsedOptions, "flags" | "values"> {
  /** Absolute. */
  readonly directory: string;
  readonly say: Say;
}

export const quietOption: OptionRow = { name: "quiet", short: "q", help: "print only errors" };
export const startServerOptions: readonly OptionRow[] = [
  inBackgroundOption,
  { name: "nodaemon", help: "run in the foreground and log to standard output" },
  quietOption,
];

/** `fallback`: the directory when none is given; undefined: one must be given. */
export function serverCommand(run: (command: ServerCommand) => Promise<number>, fallback?: string) {
  return ({ flags, values, rest }: ParsedOptions): Promise<number> => {
    const [directory = fallback, ...more] = rest;
    if (directory === undefined || more.length > 0) throw baseErrors.usage("expected one directory");
    return run({ directory: resolve(directory), flags, values, say: sayUnlessQuiet({ flags }) });
  };
}
