// A master's database: builds, steps, logs and requests, in SQLite. Start with `Store`.
export type { BuildRow, StepRow } from "./builds.ts";
export type { SourceChanges, UnstableBranch } from "./changes.ts";
export type { LogStream } from "./log-chunk.ts";
export { Logs } from "./logs.ts";
export type { Report } from "./reports.ts";
export type { NewRequest, Request } from "./requests.ts";
export { Store } from "./store.ts";
