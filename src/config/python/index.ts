// The subset of Python for a buildbot.tac: `parseProgram` parses it, `run` evaluates it.
export { bindArguments, type Invocation, type KnownFunction } from "./known-function.ts";
export { type ProcessEffects, pythonLibrary, type Surroundings } from "./library.ts";
export { parseProgram } from "./parse.ts";
export { run } from "./run.ts";
export { pythonSource, SOURCE_LIMIT_CHARS } from "./source.ts";
export { describeValue, NONE, object, text, truth, type Value } from "./value.ts";
