// mkdir: a directory and its parents. It is fine when it is there already.
import { requiredText } from "./arguments.ts";
import { fileCommand } from "./file-command.ts";
import { makeDirectories } from "./make-directories.ts";
import { joinPath } from "./paths.ts";

export const mkdir = fileCommand("mkdir", (args, { builderDirectory }) => {
  const path = joinPath(builderDirectory, requiredText(args, "dir"));
  return {
    path,
    async act() {
      await makeDirectories(path);
      return [];
    },
  };
});
