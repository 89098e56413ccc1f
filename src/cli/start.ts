// buildhand start: runs the worker of a base directory.
import { resolve } from "node:path";
import { errors } from "../base/errors.ts";
import { runInForeground } from "../daemon/foreground.ts";
import { closeInheritedDescriptors } from "../process/descriptors.ts";
import { type OptionRow, parseOptions } from "./option-parser.ts";

export const startOptions: readonly OptionRow[] = [
  { name: "nodaemon", help: "stay in the foreground; the log still goes to BASEDIR/twistd.log" },
];

/** Resolves to the exit code when the worker has ended. */
export async function start(argv: readonly string[]): Promise<number> {
  const { flags, rest } = parseOptions(startOptions, argv);
  const [directory = ".", ...more] = rest;
  if (more.length > 0) throw errors.usage("buildhand:  I wasn't expecting so many arguments");
  if (!flags.has("nodaemon")) {
    throw errors.usage("buildhand:  this version runs in the foreground only: use `buildhand start --nodaemon`");
  }
  closeInheritedDescriptors();
  return runInForeground(resolve(directory));
}
