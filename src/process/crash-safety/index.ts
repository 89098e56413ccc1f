// What kills commands when the worker itself is killed: a `Supervisor` shell beside the worker, and at the next start
// `Orphans` from the record that both keep.
export { fateOf, findOrphans, killOrphans, OLD_RECORD_MS, type Orphans } from "./orphans.ts";
export { ownerHere, type RecordOwner } from "./running-record.ts";
export type { SupervisedCommand } from "./supervised-command.ts";
export { Supervisor } from "./supervisor.ts";
