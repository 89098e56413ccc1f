// Tells systemd how its service is doing, where the unit asks for that, by `systemd-notify`: Node.js has no sockets of the
// kind that systemd listens on.
import { execFile } from "node:child_process";
import { clippedLine } from "../../base/clip.ts";
import type { Clock, Timer } from "../../base/clock.ts";
import { systemReason } from "../../base/system-error.ts";

/** A run takes some 20 ms. A master that comes and goes many times a second is told of once. */
const INTERVAL_MS = 1000;
const RUN_LIMIT_MS = 5000;

export interface ServiceNotices {
  /** The service is up. Begins to feed the watchdog, if the unit has one: it watches this event loop, and no master. */
  ready(): void;
  /** One line for people; the same again is not sent. */
  status(text: string): void;
  /** It ends. Not said at the start of a drain, which may take longer than the unit's TimeoutStopSec. */
  stopping(): void;
}

export interface ServiceNoticesOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: (text: string) => void;
}

/** Undefined where nobody wants to be told. Takes what it needs out of `environment` at once. */
export function openServiceNotices({ environment, clock, log }: ServiceNoticesOptions): ServiceNotices | undefined {
  const { NOTIFY_SOCKET: socket, PATH, WATCHDOG_USEC, WATCHDOG_PID = String(process.pid) } = environment;
  if (!socket) return undefined;
  const watchdogMs = WATCHDOG_PID === String(process.pid) ? Number(WATCHDOG_USEC) / 1000 : Number.NaN;
  const intervalMs = watchdogMs > 0 ? Math.min(INTERVAL_MS, watchdogMs / 4) : INTERVAL_MS;
  const pending = new Map<string, string>();
  let isRunning = false;
  let wait: Timer | undefined;
  let lastStatus: string | undefined;
  let hasFailed = false;

  const send = (onEnd: () => void) => {
    const words = [...pending].map(([name, value]) => `${name}=${value}`);
    pending.clear();
    const options = { env: { NOTIFY_SOCKET: socket, PATH }, timeout: RUN_LIMIT_MS, killSignal: "SIGKILL" } as const;
    execFile("systemd-notify", words, options, (error) => {
      if (error !== null && !hasFailed) {
        hasFailed = true;
        const reason = systemReason(error).trim().replaceAll("\n", "; ");
        log(`systemd is not told how this service is doing: systemd-notify: ${reason}`);
      }
      onEnd();
    });
  };
  const run = () => {
    if (isRunning || wait !== undefined || pending.size === 0) return;
    isRunning = true;
    wait = clock.after(intervalMs, () => {
      wait = undefined;
      run();
    });
    send(() => {
      isRunning = false;
      run();
    });
  };
  const tell = (name: string, value: string) => {
    pending.set(name, value);
    run();
  };
  // To the end of the process: also while its builds end.
  const feed = () => {
    tell("WATCHDOG", "1");
    clock.after(watchdogMs / 2, feed);
  };
  return {
    ready() {
      tell("READY", "1");
      if (watchdogMs > 0) feed();
    },
    status(text) {
      if (text === lastStatus) return;
      lastStatus = text;
      tell("STATUS", clippedLine(text));
    },
    stopping() {
      pending.set("STOPPING", "1");
      send(() => {});
    },
  };
}
