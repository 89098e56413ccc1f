// Runs the worker and the embedded master in the foreground or background: pid files, log files, stopping, exit codes.
export { type BackgroundOutcome, type BackgroundRequest, endedAtOnce, startInBackground } from "./background.ts";
export { useControl } from "./control.ts";
export { daemonErrors } from "./errors.ts";
export {
  EXIT_BUG,
  EXIT_CLOSED_OUTPUT,
  EXIT_FINDINGS,
  EXIT_NOT_ATTACHED,
  EXIT_NOT_RUNNING,
  EXIT_STATUS_UNKNOWN,
  EXIT_STILL_DRAINING,
  EXIT_USAGE,
} from "./exit-codes.ts";
export { type Attachments, awaitAttached, lastFailure } from "./follow-log.ts";
export { runInForeground } from "./foreground.ts";
export { leaveBy } from "./leave.ts";
export { endOfLog } from "./log-tail.ts";
export { notReached, readAccess } from "./master-access.ts";
export { masterProtocol, masterTarget } from "./master-address.ts";
export { masterConfigPath, shownListener } from "./master-file.ts";
export { runMaster } from "./master-process.ts";
export { type PidFile, type PidPlace, pidPlace, readPidFile, removeStale } from "./pid-file.ts";
export { applyEffects } from "./process-effects.ts";
export { workerProgramAt, worksIn } from "./process-table.ts";
export {
  type RelayStatus,
  relayFiles,
  relayPlan,
  runRelay,
} from "./relay-process.ts";
export { reloadRunningMaster } from "./reload-master.ts";
export { openMaster, type RunningMaster } from "./running-master.ts";
export { type ServerPlace, serverPlace } from "./server-process.ts";
export { askStatus, NOT_UNDERSTOOD, type ProcessStatus, standingText } from "./status/index.ts";
export { type StopOutcome, stopGracefully, stopWorker } from "./stop-worker.ts";
export { pipeControl } from "./windows/index.ts";
export { logLabels, workerLogPath } from "./worker-log.ts";
export { configuredSetup } from "./worker-setup.ts";
