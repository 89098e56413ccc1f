// The processes of this system and of one command: listing, finding (`openTree`) and killing (`sweep`) them.
export { COOKIE_NAME, newCookie, withCookie } from "./command-cookie.ts";
export { type ControlGroupRule, controlGroupOf, findControlGroupPlace } from "./control-group-place.ts";
export { type ControlGroup, ControlGroups } from "./control-groups.ts";
export { readWithTimeout } from "./guarded-read.ts";
export { canListByPs, loadProcessSupport, openTree, processFromPs, shellFunctions } from "./open-tree.ts";
export type { OutputInode } from "./pipe-holders.ts";
export {
  allPids,
  childrenOf,
  entriesOf,
  HIDDEN_NAME,
  isStillThere,
  type ListedProcess,
  namesOf,
  readProcess,
  startTicksOf,
  ticksNow,
} from "./process-list.ts";
export { isZombie, readProcessStat, TICKS_PER_SECOND } from "./process-stat.ts";
export type { RunTree } from "./process-tree.ts";
export { type SignalName, signalGroup, signalNumber, signalOrKill, signalProcess } from "./signals.ts";
export { sweep } from "./sweep.ts";
export { readStart, readSystemFile, readSystemLink, writeSystemFile } from "./system-file.ts";
export { TimeSlicer } from "./time-slicer.ts";
