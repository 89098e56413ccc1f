// The commands that a master may send (`registry`, by name), and the interface to the protocol that they need
// (`CommandPeer`).
export { withinLimit } from "./abandon.ts";
export { type ArgumentValue, type CommandArguments, requireArguments } from "./arguments.ts";
export type { CommandContext, CommandDefinition, CommandRules, StartedCommand } from "./command.ts";
export { directoryEntries } from "./directory-entries.ts";
export { commandsErrors } from "./errors.ts";
export { failureOfError } from "./failure.ts";
export { confinementTo, receiptsAfter } from "./late.ts";
export { makeDirectories } from "./make-directories.ts";
export type { Receipt } from "./open-receipts.ts";
export { joinPath } from "./paths.ts";
export type { CommandFailure, CommandPeer, FileReader, FileWriter, TransferBudget } from "./peer.ts";
export { registry } from "./registry.ts";
export { rmdir } from "./rmdir.ts";
