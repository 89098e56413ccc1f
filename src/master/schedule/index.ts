// Periodic schedules, and which builders can be forced.
export { PeriodicSchedule } from "./periodic.ts";
export { canBeForced, periodicSchedules } from "./schedules.ts";
