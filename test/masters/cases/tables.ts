// All cases of remote commands, in the order that docs/reference/differences.md lists them.
import { badInput } from "./bad-input.ts";
import type { CaseTable } from "./case.ts";
import { copyDirectory, makeDirectory, removeDirectory } from "./directory-commands.ts";
import { directoryUploads } from "./directory-uploads.ts";
import { downloads } from "./downloads.ts";
import { globbing, listing, removeFile, status, unknownCommands } from "./file-commands.ts";
import { shellCommands } from "./shell-commands.ts";
import { shellLimits } from "./shell-limits.ts";
import { shellLogfiles } from "./shell-logfiles.ts";
import { shellOutput } from "./shell-output.ts";
import { shellPty } from "./shell-pty.ts";
import { shellEnvironments, shellPlaces } from "./shell-surroundings.ts";
import { uploads } from "./uploads.ts";

export const caseTables: readonly CaseTable[] = [
  shellCommands,
  shellPlaces,
  shellEnvironments,
  shellOutput,
  shellPty,
  shellLogfiles,
  shellLimits,
  makeDirectory,
  removeDirectory,
  copyDirectory,
  status,
  globbing,
  listing,
  removeFile,
  uploads,
  directoryUploads,
  downloads,
  badInput,
  unknownCommands,
];
