// Runs one relay in this process until a signal ends it.
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { stackText } from "../base/errors.ts";
import { version } from "../base/version.ts";
import { readRelaySettings } from "../config/index.ts";
import {
  connectToMaster,
  isLocal,
  listenAsRelay,
  type MasterTarget,
  NO_DEMANDS,
  Relay,
  type RelayReport,
  readRelayAddress,
  readRelayKey,
  shownEndpoint,
} from "../transport/index.ts";
import { daemonErrors } from "./errors.ts";
import { EXIT_BUG } from "./exit-codes.ts";
import { endOnBug, leave, leaveBy } from "./leave.ts";
import { claimPidFile, type PidPlace, pidPlace, readPidFile, removePidFile } from "./pid-file.ts";
import { openStatusSocket } from "./status/index.ts";
import { StopRequest } from "./stop-request.ts";
import { openStreamLog, openTwistdLog } from "./twistd-log.ts";

const LOG_ROTATION = { rotateLengthBytes: 10_000_000, maxRotatedFiles: 10, format: "observer" } as const;
/** The log line that workers can connect. */
const READY = "waiting for workers on";

/** The files of a relay's directory. */
export function relayFiles(directory: string) {
  return {
    settings: join(directory, "relay.conf"),
    /** For the workers, too. */
    key: join(directory, "worker.key"),
    certificate: join(directory, "relay.crt"),
    certificateKey: join(directory, "relay.pem"),
    log: join(directory, "relay.log"),
  };
}

export function relayPidPlace(directory: string): PidPlace {
  return pidPlace(directory, "relay.pid");
}

/** Whether this part of a relay's log reports that it is ready. */
export function relaySaysReady(log: Buffer): boolean {
  return log.includes(READY);
}

/** What it answers on its socket. */
export interface RelayStatus extends RelayReport {
  readonly pid: number;
  readonly version: string;
  readonly listen: string;
  readonly master: string;
}

/** The settings of the relay in `directory`, checked. Throws usage errors. */
export function relayPlan(directory: string) {
  const files = relayFiles(directory);
  const settings = readRelaySettings(files.settings);
  const listen = readRelayAddress(settings.listen, `${files.settings}: listen`);
  const master = readRelayAddress(settings.master, `${files.settings}: master`);
  const tls = isLocal(listen) ? undefined : { certificatePath: files.certificate, keyPath: files.certificateKey };
  const { key } = readRelayKey(files.key);
  return { files, settings, listen, master, tls, key };
}

/** Runs until a signal ends it, then ends this process. Rejects with a usage error before anything is started. */
export async function runRelay(directory: string, { logsToOutput = false } = {}): Promise<never> {
  const { files, settings, listen, master, tls, key } = relayPlan(directory);
  process.chdir(directory);
  const log = logsToOutput
    ? openStreamLog("stdout", systemClock, LOG_ROTATION)
    : openTwistdLog(files.log, systemClock, LOG_ROTATION);
  const logLine = (text: string) => log.line(text);
  const stop = new StopRequest({
    log,
    onSigterm: "now",
    onHangup: "now",
    onSecondSignal: (signal) => void leaveBy(signal, logLine),
  });
  process.on("SIGUSR1", () => {
    if (!log.reopen()) log.rotate();
  });
  const place = relayPidPlace(directory);
  const found = readPidFile(place);
  if (found.state === "running") throw daemonErrors.relayRunning(found.pid, place.path);
  await claimPidFile(place);
  log.line(`Starting relay -- version: ${version}`);
  const target: MasterTarget = { endpoint: master, proxy: undefined, tls: NO_DEMANDS, shown: shownEndpoint(master) };
  const quiet = { clock: systemClock, onStage: () => {}, onWarning: logLine };
  const relay = new Relay({
    clock: systemClock,
    log: logLine,
    graceMs: settings.grace * 1000,
    key,
    mostSessions: settings.sessions,
    openMaster: (signal) => connectToMaster(target, { ...quiet, signal }),
  });
  endOnBug(
    (error) => log.line(stackText(error)),
    () => {
      relay.close();
      void leave(EXIT_BUG);
    },
  );
  const server = await listenAsRelay({ listen, tls, relay, log: logLine }).catch((error: unknown) => {
    removePidFile(place, logLine);
    throw error;
  });
  const facts = { pid: process.pid, version, listen: shownEndpoint(listen), master: target.shown };
  const closeStatus = openStatusSocket(() => ({ ...facts, ...relay.report() }) satisfies RelayStatus, logLine);
  log.line(`${READY} ${facts.listen}${tls === undefined ? "" : " over TLS"}, for the master at ${facts.master}`);
  stop.onGraceful(({ reason }) => {
    log.line(`Received ${reason}, shutting down.`);
    stop.request();
  });
  const signal = await stop.requested;
  server.close();
  closeStatus();
  relay.close();
  log.line("the relay has ended");
  removePidFile(place, logLine);
  return signal === undefined ? leave(0, logLine) : leaveBy(signal, logLine);
}
