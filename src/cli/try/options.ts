// The options of try.
import type { OptionRow } from "../option-parser.ts";

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
