// `buildhand doctor`: finds problems of a worker, its host and its connection to the master, as values and as text.

export { askProgram } from "./ask-program.ts";
export { packBundle } from "./bundle.ts";
export { runChecks } from "./checks/run-checks.ts";
export { jsonReport } from "./json.ts";
export { findOwnWorker } from "./own-worker.ts";
export { report } from "./report.ts";
export { readSubjects, type Subject } from "./subject.ts";
