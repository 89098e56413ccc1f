// The options of try; the command itself is loaded when it is called.
import { type OptionRow, parseOptions } from "../option-parser.ts";

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

/** Resolves to the exit code. Throws usage errors. */
export async function tryRecipe(argv: readonly string[]): Promise<number> {
  const options = parseOptions(tryOptions, argv);
  const { runTry } = await import("./try.ts");
  return runTry(options);
}
