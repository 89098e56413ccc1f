// The shell command: from a master's arguments to a running program, its output and how it ended. `shell` is the command,
// `ProgramRunner` what other commands start programs with.

export { ownProgram } from "./program.ts";
export { ProgramRunner } from "./program-runner.ts";
export { KILLED_RC } from "./report.ts";
export { shell } from "./shell.ts";
