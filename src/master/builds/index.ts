// Running builds. `RunningBuild` records one in the store; `StepSequence` runs steps without a store.
export { RunningBuild } from "./build-runner.ts";
export type { StepEnd } from "./step-end.ts";
export { StepLogs } from "./step-logs.ts";
export { type BuildEnd, StepSequence } from "./step-sequence.ts";
