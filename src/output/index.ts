// Prepares the output of commands for the master: decodes it, splits it into lines and joins them into batches. The
// entry point is `CommandOutput`.
export { CommandOutput, LOG_NAMES_LIMIT, type OutputRules, type ValueUpdate } from "./command-output.ts";
export { Utf8Decoder } from "./decoding.ts";
export { outputErrors } from "./errors.ts";
export { joinedLines, LineFinder } from "./lines.ts";
