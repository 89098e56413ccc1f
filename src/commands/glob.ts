// glob: the paths that match a pattern.
import { requiredText } from "./arguments.ts";
import { fileCommand } from "./file-command.ts";
import { parsePathPattern, searchFiles } from "./glob/index.ts";
import { joinPath } from "./paths.ts";

export const glob = fileCommand("glob", (args, { builderDirectory, rules }) => {
  const path = joinPath(builderDirectory, requiredText(args, "path"));
  return {
    path,
    async act(signal) {
      const found = await searchFiles(parsePathPattern(path, rules.fileEncoding), {
        signal,
        encoding: rules.fileEncoding,
        confinement: rules.confinement,
      });
      return [{ key: "files", files: found.toTexts() }];
    },
  };
});
