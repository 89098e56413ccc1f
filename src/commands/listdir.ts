// listdir: the names in a directory, without `.` and `..`.
import { requiredText } from "./arguments.ts";
import { directoryEntries } from "./directory-entries.ts";
import { fileCommand } from "./file-command.ts";
import { FileNames } from "./file-names.ts";
import { atPath } from "./held-path.ts";
import { joinPath } from "./paths.ts";

export const listdir = fileCommand("listdir", (args, { builderDirectory, rules }) => {
  const path = joinPath(builderDirectory, requiredText(args, "dir"));
  return {
    path,
    async act(signal) {
      const names = new FileNames(rules.fileEncoding);
      await atPath(rules, { path, use: "content" }, async (at) => {
        for await (const { name } of directoryEntries(Buffer.from(at).toString("latin1"))) {
          signal.throwIfAborted();
          names.add(name);
        }
      });
      return [{ key: "files", files: names.toTexts() }];
    },
  };
});
