// rmfile: removes one file, but no directory.

import { unlink } from "node:fs/promises";
import { systemRules } from "../base/system-rules.ts";
import { requiredText } from "./arguments.ts";
import { fileCommand } from "./file-command.ts";
import { atPath } from "./held-path.ts";
import { expandHome, joinPath } from "./paths.ts";

export const rmfile = fileCommand("rmfile", (args, { builderDirectory, environment, rules }) => {
  const path = joinPath(
    builderDirectory,
    expandHome(requiredText(args, "path"), environment[systemRules.homeVariable]),
  );
  return {
    path,
    act: () => atPath(rules, { path, use: "entry" }, unlink).then(() => []),
  };
});
