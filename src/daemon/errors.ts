// Why a program cannot stay, or cannot be stopped.
import { define } from "../base/errors.ts";

export const daemonErrors = {
  logUnopened: define(
    "ERR_LOG_UNOPENED",
    "usage",
    (path: string, errno: number, reason: string) => `[Errno ${errno}] ${reason}: '${path}'`,
    { trouble: "log-unopened" },
  ),
  alreadyRunning: define(
    "ERR_ALREADY_RUNNING",
    "usage",
    (pid: number, path: string) =>
      `Another twistd server is running, PID ${pid}: ${path} names it; stop it first, or use restart`,
    { trouble: "already-running" },
  ),
  notStopped: define(
    "ERR_NOT_STOPPED",
    "usage",
    (pid: number, reason: string) => `cannot stop process ${pid}: ${reason}`,
  ),
  noGracefulStop: define(
    "ERR_NO_GRACEFUL_STOP",
    "usage",
    (pid: number) =>
      `process ${pid} takes no order to end after the running build, as no worker but Buildhand's does; it was left alone`,
  ),
  pidFile: define("ERR_PID_FILE", "usage", (path: string, reason: string) => `${path} ${reason}`, {
    trouble: "pid-file",
  }),
  masterRunning: define(
    "ERR_MASTER_RUNNING",
    "usage",
    (pid: number, path: string) => `a master runs here already, process ${pid}: ${path} names it; stop it first`,
  ),
} as const;
