// Reports the state of the service to systemd, where the unit asks for that. `systemd-notify` sends the reports, since Node.js has
// no sockets of the kind that systemd listens on.
import { execFile } from "node:child_process";
import { clippedLine } from "../../base/clip.ts";
import { systemClock } from "../../base/clock.ts";
import { once } from "../../base/once.ts";
import { systemReason } from "../../base/system-error.ts";
import { delay } from "../../base/waiting.ts";

/** Between two runs of systemd-notify, each of which takes some 20 ms: changes that follow each other are reported together. */
const INTERVAL_MS = 1000;
const RUN_LIMIT_MS = 5000;

export interface ServiceNotices {
  /** The service is up. Starts to feed the watchdog, if the unit has one: it watches this event loop, not the master. */
  ready(): void;
  /** One line for people. The same line again is not sent. */
  status(text: string): void;
  /** The service ends. Not for the start of a drain, which may take longer than the unit's TimeoutStopSec. */
  stopping(): void;
}

/** Undefined where systemd does not listen. Reads `environment` before it returns. */
export function openServiceNotices(
  environment: Readonly<Record<string, string | undefined>>,
  log: (text: string) => void,
): ServiceNotices | undefined {
  const { NOTIFY_SOCKET, PATH, WATCHDOG_USEC, WATCHDOG_PID = String(process.pid) } = environment;
  if (!NOTIFY_SOCKET) return undefined;
  const watchdogMs = WATCHDOG_PID === String(process.pid) ? Number(WATCHDOG_USEC) / 1000 : Number.NaN;
  const intervalMs = watchdogMs > 0 ? Math.min(INTERVAL_MS, watchdogMs / 4) : INTERVAL_MS;
  const options = { env: { NOTIFY_SOCKET, PATH }, timeout: RUN_LIMIT_MS, killSignal: "SIGKILL" } as const;
  const pending = new Map<string, string>();
  let isBusy = false;
  let lastStatus: string | undefined;
  const logFailure = once((error: Error) => {
    const reason = systemReason(error).trim().replaceAll("\n", "; ");
    log(`systemd does not learn the state of this service: systemd-notify: ${reason}`);
  });

  const send = () =>
    new Promise<void>((resolve) => {
      const words = [...pending].map(([name, value]) => `${name}=${value}`);
      pending.clear();
      execFile("systemd-notify", words, options, (error) => {
        if (error !== null) logFailure(error);
        resolve();
      });
    });
  const sendInTurn = async () => {
    if (isBusy || pending.size === 0) return;
    isBusy = true;
    await send();
    await delay(systemClock, intervalMs);
    isBusy = false;
    void sendInTurn();
  };
  const report = (name: string, value: string) => {
    pending.set(name, value);
    void sendInTurn();
  };
  // Never cancelled: the watchdog is fed until the process exits, also while its builds end.
  const feed = () => {
    report("WATCHDOG", "1");
    systemClock.after(watchdogMs / 2, feed);
  };
  return {
    ready() {
      report("READY", "1");
      if (watchdogMs > 0) feed();
    },
    status(text) {
      if (text === lastStatus) return;
      lastStatus = text;
      report("STATUS", clippedLine(text));
    },
    stopping() {
      pending.set("STOPPING", "1");
      void send();
    },
  };
}
