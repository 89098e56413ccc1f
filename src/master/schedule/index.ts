// When builds start by themselves, and which may be forced.
export { PeriodicSchedule } from "./periodic.ts";
export { canBeForced, periodicSchedules } from "./schedules.ts";
