// What a process with workers tells of itself while it runs: on a socket of its user, to systemd, and over HTTP where that is
// asked for.
export { type Monitor, openMonitor } from "./open-monitor.ts";
export { type ProcessStatus, standingText } from "./process-status.ts";
export { openServiceNotices } from "./service-notices.ts";
export { askStatus, NOT_UNDERSTOOD } from "./status-client.ts";
