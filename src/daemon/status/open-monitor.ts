// Opens all by which others can see how a process with workers is doing, and closes it again.
import type { OwnOptions } from "../../config/index.ts";
import { type ProcessStatus, standingText } from "./process-status.ts";
import type { ServiceNotices } from "./service-notices.ts";
import { openStatusSocket } from "./status-socket.ts";

export interface MonitorOptions {
  readonly options: Pick<OwnOptions, "status_listen">;
  readonly status: () => ProcessStatus;
  readonly notices: ServiceNotices | undefined;
  readonly log: (text: string) => void;
}

export interface Monitor {
  /** Something of the status is another than before. */
  changed(): void;
  close(): void;
}

/** To be called in the directory of the buildbot.tac, when the workers begin to connect. */
export async function openMonitor({ options, status, notices, log }: MonitorOptions): Promise<Monitor> {
  const closings = [openStatusSocket({ answer: status, log })];
  const changed = () => notices?.status(noticeText(status()));
  notices?.ready();
  changed();
  if (options.status_listen !== "") {
    // At once: later the file may be another version's.
    const { openHttpListener } = await import("./http-listener.ts");
    closings.push(openHttpListener({ address: options.status_listen, status, log }));
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
