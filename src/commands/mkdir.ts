// mkdir: directories and their parents, up to the first that cannot be made. It is fine when one is there already.
import { requiredText, requiredTexts } from "./arguments.ts";
import { fileCommand } from "./file-command.ts";
import { makeDirectories } from "./make-directories.ts";
import { joinPath } from "./paths.ts";

export const mkdir = fileCommand("mkdir", (args, { builderDirectory, rules }) => {
  // Only MessagePack has several.
  const names = args.has("paths") ? requiredTexts(args, "paths") : [requiredText(args, "dir")];
  const paths = names.map((dir) => joinPath(builderDirectory, dir));
  return paths.map((path) => ({ path, act: () => makeDirectories(path, rules.fileEncoding).then(() => []) }));
});
