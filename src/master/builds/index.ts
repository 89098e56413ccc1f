// Builds: their steps in order on a worker. A `RunningBuild` is one under way.
export { RunningBuild } from "./build-runner.ts";
export type { StepEnd } from "./step-end.ts";
export { StepLogs } from "./step-logs.ts";
export { type BuildEnd, StepSequence } from "./step-sequence.ts";
