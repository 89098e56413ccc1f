// What a running process with workers reports of itself: on a socket for its user, to systemd, and over HTTP where configured.
export { type Monitor, openMonitor } from "./open-monitor.ts";
export { type ProcessStatus, standingText } from "./process-status.ts";
export { openServiceNotices } from "./service-notices.ts";
export { askStatus, NOT_UNDERSTOOD } from "./status-client.ts";
export { openStatusSocket } from "./status-socket.ts";
