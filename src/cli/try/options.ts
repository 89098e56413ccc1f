// The options of try. The command is loaded when it is called.
import type { OptionRow, ParsedOptions } from "../option-parser.ts";

export const tryOptions: readonly OptionRow[] = [
  {
    name: "basedir",
    argument: "DIR",
    help: "run in this base directory of a worker, with the options of its buildbot.tac; default: a temporary directory",
  },
  { name: "keep", help: "keep the temporary directory and print its path" },
  {
    name: "uploads",
    argument: "DIR",
    help: "directory for uploaded files; default: uploads next to the recipe",
  },
  { name: "builder", argument: "NAME", help: "run this builder; the file is a master.yaml, not a recipe" },
  { name: "branch", argument: "NAME", help: "branch that git steps check out, and the property of that name" },
  { name: "revision", argument: "REVISION", help: "the same for the revision" },
  { name: "environ", help: "list the environment variables of each command, as a master's log does" },
];

/** Resolves to the exit code, and throws usage errors. */
export const runTry = async (options: ParsedOptions) => (await import("./try.ts")).tryRecipe(options);
