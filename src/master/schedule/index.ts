// Periodic schedules, and which builds can be forced.
export { forcedProperties, forceScheduler, sourceOf } from "./forced.ts";
export { PeriodicSchedule } from "./periodic.ts";
export { periodicSchedules } from "./schedules.ts";
