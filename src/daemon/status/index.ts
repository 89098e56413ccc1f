// What a process with workers tells of itself while it runs: on a socket of its user, to systemd, and over HTTP where that is
// asked for.
export { type Monitor, openMonitor } from "./open-monitor.ts";
export {
  isProcessStatus,
  type ProcessStatus,
  processStatus,
  standingText,
  type WorkerReport,
} from "./process-status.ts";
export { openServiceNotices } from "./service-notices.ts";
export { askStatus, type StatusAnswer } from "./status-client.ts";
