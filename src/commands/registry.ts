// The remote commands that this worker knows, by the names that masters use.
import type { CommandDefinition } from "./command.ts";
import { mkdir } from "./mkdir.ts";
import { shell } from "./shell/shell.ts";

export const registry: ReadonlyMap<string, CommandDefinition> = new Map(
  [shell, mkdir].map((definition) => [definition.name, definition]),
);
