// The remote commands of this worker, by the master's names.
import type { CommandDefinition } from "./command.ts";
import { cpdir } from "./cpdir.ts";
import { downloadFileCommands } from "./download-file.ts";
import { glob } from "./glob.ts";
import { listdir } from "./listdir.ts";
import { mkdir } from "./mkdir.ts";
import { rmdir } from "./rmdir.ts";
import { rmfile } from "./rmfile.ts";
import { shell } from "./shell/index.ts";
import { stat } from "./stat.ts";
import { uploadDirectoryCommands } from "./upload-directory.ts";
import { uploadFileCommands } from "./upload-file.ts";

const definitions: readonly CommandDefinition[] = [
  shell,
  ...uploadFileCommands,
  ...uploadDirectoryCommands,
  ...downloadFileCommands,
  mkdir,
  rmdir,
  cpdir,
  stat,
  glob,
  listdir,
  rmfile,
];

export const registry: ReadonlyMap<string, CommandDefinition> = new Map(
  definitions.map((definition) => [definition.name, definition]),
);
