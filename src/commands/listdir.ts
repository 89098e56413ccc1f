// listdir: the names in a directory, without `.` and `..`.
import { requiredText } from "./arguments.ts";
import { eachEntry } from "./directory-entries.ts";
import { fileCommand } from "./file-command.ts";
import { FileNames } from "./file-names.ts";
import { atPath } from "./held-path.ts";
import { isNear } from "./near-trees.ts";
import { joinPath } from "./paths.ts";

export const listdir = fileCommand("listdir", (args, { builderDirectory, rules }) => {
  const path = joinPath(builderDirectory, requiredText(args, "dir"));
  return {
    path,
    async act(signal) {
      const names = new FileNames(rules.fileEncoding);
      await atPath(rules, { path, use: "content" }, async (at) => {
        const near = rules.confinement === undefined && (await isNear(at));
        await eachEntry(Buffer.from(at).toString("latin1"), near, ({ name }) => {
          signal.throwIfAborted();
          names.add(name);
        });
      });
      return [{ key: "files", files: names.toTexts() }];
    },
  };
});
