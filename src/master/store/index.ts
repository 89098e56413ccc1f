// What a master remembers: builds, steps, logs, requests, in SQLite. `Store` is the way in.
export type { BuildRow, StepRow } from "./builds.ts";
export type { LogStream } from "./log-chunk.ts";
export { Logs } from "./logs.ts";
export type { Request } from "./requests.ts";
export { Store } from "./store.ts";
