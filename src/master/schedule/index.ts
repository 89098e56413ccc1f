// Schedulers: what requests builds by time and by changes, and which builds can be forced.
export { forcedProperties, forceScheduler, sourceOf } from "./forced.ts";
export { Schedulers } from "./schedulers.ts";
