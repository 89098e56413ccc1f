// Why a program ended, or does not: limits, full disks, the kernel's out-of-memory kills, cores, and what its processes do.
export { coreFileOf } from "./core-file.ts";
export { type FullDisk, fullDisk } from "./full-disks.ts";
export { type OomKills, oomKills, oomKillsBetween } from "./oom-kills.ts";
export { lastOomVictims, type OomVictim } from "./oom-log.ts";
export { type LimitsWatch, type ResourceLimits, watchLimits } from "./resource-limits.ts";
export { type ExaminedProcess, type ExaminedTree, reportTree } from "./tree-report.ts";
export { watchWork } from "./work-watch.ts";
