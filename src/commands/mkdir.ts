// mkdir: creates directories and their parents, up to the first error. Existing directories are not an error.
import { requiredText, requiredTexts } from "./arguments.ts";
import { fileCommand } from "./file-command.ts";
import { makeDirectories } from "./make-directories.ts";
import { joinPath } from "./paths.ts";

export const mkdir = fileCommand("mkdir", (args, { builderDirectory, rules }) => {
  // Only MessagePack allows several.
  const names = args.has("paths") ? requiredTexts(args, "paths") : [requiredText(args, "dir")];
  const paths = names.map((dir) => joinPath(builderDirectory, dir));
  return paths.map((path) => ({ path, act: () => makeDirectories(path, rules).then(() => []) }));
});
