// Everything by which others can see how a process with workers is doing: the socket for `status`, systemd, and HTTP.
import { type ProcessStatus, standingText } from "./process-status.ts";
import type { ServiceNotices } from "./service-notices.ts";
import { openStatusSocket } from "./status-socket.ts";

export interface MonitorOptions {
  /** Where to serve HTTP; empty: nowhere. */
  readonly statusListen: string;
  /** Whether there is a socket for the status. */
  readonly hasSocket: boolean;
  readonly status: () => ProcessStatus;
  readonly notices: ServiceNotices | undefined;
  readonly log: (text: string) => void;
}

export interface Monitor {
  /** The status has changed. */
  changed(): void;
  close(): void;
}

/** To be called in the directory of the buildbot.tac, when the workers begin to connect. */
export async function openMonitor({ statusListen, hasSocket, status, notices, log }: MonitorOptions): Promise<Monitor> {
  const closings = hasSocket ? [openStatusSocket(status, log)] : [];
  const changed = () => notices?.status(noticeText(status()));
  notices?.ready();
  changed();
  if (statusListen !== "") {
    // Loaded at the start: later the file may be another version's.
    const { openHttpListener } = await import("./http-listener.ts");
    closings.push(openHttpListener(statusListen, status, log));
  }
  return {
    changed,
    close() {
      notices?.stopping();
      for (const close of closings) close();
    },
  };
}

function noticeText({ draining, workers }: ProcessStatus): string {
  const standings = workers.map((worker) =>
    workers.length === 1 ? standingText(worker) : `${worker.name}: ${standingText(worker)}`,
  );
  return `${draining ? "draining; " : ""}${standings.join("; ")}`;
}
