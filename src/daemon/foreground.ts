// Runs one worker in this process until a signal or its master ends it, and says in twistd.log what happens.
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { errors } from "../base/errors.ts";
import { version } from "../base/version.ts";
import { readTac } from "../config/tac.ts";
import { readTacFile } from "../config/tac-file.ts";
import type { TacSettings } from "../config/tac-settings.ts";
import type { Address } from "../transport/tcp.ts";
import { WorkerService } from "../worker/worker-service.ts";
import { StopRequest } from "./stop-request.ts";
import { openTwistdLog, type TwistdLog } from "./twistd-log.ts";

/** Between a master's order to shut down, which is answered first, and the end. */
const SHUTDOWN_DELAY_MS = 200;
/** The exit code for a bug of ours (EX_SOFTWARE). */
const EXIT_BUG = 70;

/**
 * Resolves to the exit code once the worker has ended, but for the end by SIGTERM or SIGINT, which this process then
 * dies of. Throws usage errors before anything was started.
 */
export async function runInForeground(directory: string): Promise<number> {
  const tac = readTacFile(directory);
  const settings = readTac(tac.text, { path: tac.path, directory, environment: process.env });
  const address = masterAddress(settings, tac.path);
  process.chdir(settings.basedir);
  const log = openTwistdLog(join(settings.basedir, "twistd.log"), systemClock);
  const stop = new StopRequest(log);
  const onBug = (error: unknown) => log.line(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const fatal = (error: unknown) => {
    onBug(error);
    process.exit(EXIT_BUG);
  };
  process.on("uncaughtException", fatal);
  process.on("unhandledRejection", fatal);

  log.line(`Starting Worker -- version: ${workerVersion()}`);
  recordHostname(settings.basedir, log);
  const service = new WorkerService({
    settings: {
      baseDirectory: settings.basedir,
      environment: process.env,
      clock: systemClock,
      log: (text) => log.line(text),
      onBug,
      numcpus: settings.numcpus ?? undefined,
      deleteLeftoverDirs: settings.deleteLeftoverDirs,
      version: workerVersion(),
    },
    address,
    credentials: { name: settings.workerName, password: settings.password },
    keepaliveSeconds: settings.keepaliveSeconds,
    maxDelaySeconds: settings.maxDelaySeconds,
    onShutdown: () => void systemClock.after(SHUTDOWN_DELAY_MS, () => stop.request()),
  });
  service.start();
  const signal = await stop.requested;
  await service.stop();
  log.line("Main loop terminated.");
  log.line("Server Shut Down.");
  log.close();
  stop.end();
  if (signal !== undefined) process.kill(process.pid, signal);
  return 0;
}

/** An admin may call the worker another version than it is. */
function workerVersion(): string {
  return process.env["BUILDBOT_VERSION"] ?? version;
}

function masterAddress(settings: TacSettings, tac: string): Address {
  if (settings.protocol !== "pb") throw errors.notYet(tac, `protocol = '${settings.protocol}'`);
  if (settings.connectionString !== null) throw errors.notYet(tac, "connection_string");
  if (settings.proxyConnectionString !== null) throw errors.notYet(tac, "proxy_connection_string");
  if (settings.useTls) throw errors.notYet(tac, "use_tls");
  return { host: settings.buildmasterHost ?? "", port: settings.port ?? 0 };
}

/** For people who share base directories between hosts. */
function recordHostname(basedir: string, log: TwistdLog): void {
  log.line("recording hostname in twistd.hostname");
  try {
    writeFileSync(join(basedir, "twistd.hostname"), `${hostname()}\n`);
  } catch (error) {
    log.line(`failed to record the hostname: ${String(error)}`);
  }
}
