// Kills commands when their worker is killed: the shell of a `Supervisor`, shared by all workers of this process, and
// at the next start `killOrphans`, from the record that each `WorkerSupervision` keeps in its base directory.
export { fateOf, findOrphans, killOrphans, OLD_RECORD_MS, type Orphans } from "./orphans.ts";
export { ownerHere, type RecordOwner } from "./running-record.ts";
export type { SupervisedCommand } from "./supervised-command.ts";
export { Supervisor } from "./supervisor.ts";
export { WorkerSupervision } from "./worker-supervision.ts";
