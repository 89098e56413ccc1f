// The options of try. The command is loaded when it is called.
import type { OptionRow, ParsedOptions } from "../option-parser.ts";

export const tryOptions: readonly OptionRow[] = [
  {
    name: "basedir",
    argument: "DIR",
    help: "run in this base directory of a worker, with the options of its buildbot.tac; default: a temporary directory",
  },
  { name: "keep", help: "leave the temporary directory, and say where it is" },
  {
    name: "uploads",
    argument: "DIR",
    help: "where steps that upload put their files; default: uploads beside the recipe",
  },
  { name: "environ", help: "show the variables of each command, as a master's log does" },
];

/** Resolves to the exit code, and throws usage errors. */
export const runTry = async (options: ParsedOptions) => (await import("./try.ts")).tryRecipe(options);
