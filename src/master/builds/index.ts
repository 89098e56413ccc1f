// Running builds. `RunningBuild` records one in the store; `StepSequence` runs steps without a store.

export type { BuildFacts } from "./build-facts.ts";
export { RunningBuild, type RunningBuildOptions } from "./build-runner.ts";
export { gitEnvironment } from "./git-step.ts";
export type { TriggeredEnd, Triggers } from "./step-command.ts";
export type { StepEnd } from "./step-end.ts";
export { StepLogs } from "./step-logs.ts";
export { type BuildEnd, StepSequence } from "./step-sequence.ts";
