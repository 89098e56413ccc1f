// The shell command: from a master's arguments to a running program, its output and its end. `shell` is the command;
// other commands start programs with `ProgramRunner`.

export { ownProgram } from "./program.ts";
export { ProgramRunner } from "./program-runner.ts";
export { KILLED_RC } from "./report.ts";
export { shell } from "./shell.ts";
