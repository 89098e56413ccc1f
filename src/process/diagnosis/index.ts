// Why a program ended, or hangs: limits, full disks, the kernel's out-of-memory kills, core files, and the state of its
// processes.
export { coreFileOf } from "./core-file.ts";
export { type FullDisk, fullDisk } from "./full-disks.ts";
export { type OomKills, oomKills, oomKillsBetween } from "./oom-kills.ts";
export { lastOomVictims, type OomVictim } from "./oom-log.ts";
export { type LimitsWatch, type ResourceLimits, watchLimits } from "./resource-limits.ts";
export { type ExaminedProcess, type ExaminedTree, reportTree } from "./tree-report.ts";
export { watchWork } from "./work-watch.ts";
