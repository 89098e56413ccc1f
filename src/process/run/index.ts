// One run of a program, from `launchRun` to its outcome: output, deadlines, and ways to end it early.
export { Deadlines } from "./deadlines.ts";
export { launchRun, type Run, startRun } from "./run.ts";
export type { KillReason, RunOutcome } from "./run-outcome.ts";
export type { OutputName, RunRequest } from "./run-request.ts";
