// Output of commands on its way to the master: decoded, cut into lines, joined into batches. `CommandOutput` is the way in.
export { CommandOutput, LOG_NAMES_LIMIT, type OutputRules, type ValueUpdate } from "./command-output.ts";
export { Utf8Decoder } from "./decoding.ts";
export { outputErrors } from "./errors.ts";
export { joinedLines, LineFinder } from "./lines.ts";
