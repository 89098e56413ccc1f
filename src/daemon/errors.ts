// Errors of starting and stopping a worker or master.
import { define } from "../base/errors.ts";

export const daemonErrors = {
  logUnopened: define(
    "ERR_LOG_UNOPENED",
    "usage",
    (path: string, errno: number, reason: string) => `[Errno ${errno}] ${reason}: '${path}'`,
    { trouble: "log-unopened" },
  ),
  noConfinement: define(
    "ERR_NO_CONFINEMENT",
    "usage",
    (reason: string) => `confine needs Linux with /proc, and a base directory: ${reason}`,
  ),
  alreadyRunning: define(
    "ERR_ALREADY_RUNNING",
    "usage",
    (pid: number, path: string) =>
      `Another twistd server is running, PID ${pid} (from ${path}); stop it first, or use restart`,
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
      `process ${pid} does not support a graceful stop, which only a worker of Buildhand does; it was not stopped`,
  ),
  pidFile: define("ERR_PID_FILE", "usage", (path: string, reason: string) => `${path} ${reason}`, {
    trouble: "pid-file",
  }),
  controlFile: define(
    "ERR_CONTROL_FILE",
    "usage",
    (path: string, reason: string) =>
      `${path} cannot be written: ${reason}; check the access rights of the base directory`,
  ),
  masterRunning: define(
    "ERR_MASTER_RUNNING",
    "usage",
    (pid: number, path: string) => `a master is already running here, process ${pid} (from ${path}); stop it first`,
  ),
  masterNotRunning: define(
    "ERR_MASTER_NOT_RUNNING",
    "usage",
    (path: string) =>
      `no master is running there: expected its process in ${path}; start it with: buildhand master start`,
  ),
  masterUnreachable: define(
    "ERR_MASTER_UNREACHABLE",
    "usage",
    (directory: string, reason: string) =>
      `a master is running in ${directory}, but its status page cannot be asked: ${reason}; see its log, and web in its master.yaml`,
  ),
  masterNotReloaded: define(
    "ERR_MASTER_NOT_RELOADED",
    "usage",
    (path: string) => `the master has not read its configuration again; its log ${path} says why`,
  ),
  relayRunning: define(
    "ERR_RELAY_RUNNING",
    "usage",
    (pid: number, path: string) => `a relay is already running here, process ${pid} (from ${path}); stop it first`,
  ),
  masterRefused: define("ERR_MASTER_REFUSED", "usage", (reason: string) => `the master refused: ${reason}`),
} as const;
