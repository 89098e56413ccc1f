// Runs one relay in this process until a signal ends it.
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
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
import { runServer, serverPlace } from "./server-process.ts";
import { openStatusSocket } from "./status/index.ts";

/** The files of a relay's directory. */
export function relayFiles(directory: string) {
  return {
    settings: join(directory, "relay.conf"),
    /** For the workers, too. */
    key: join(directory, "worker.key"),
    certificate: join(directory, "relay.crt"),
    certificateKey: join(directory, "relay.pem"),
  };
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
  return { settings, listen, master, tls, key: readRelayKey(files.key).key };
}

/** Runs until a signal ends it, then ends this process. Rejects with a usage error before anything is started. */
export async function runRelay(directory: string, logsToOutput: boolean): Promise<never> {
  const { settings, listen, master, tls, key } = relayPlan(directory);
  process.chdir(directory);
  const target: MasterTarget = { endpoint: master, proxy: undefined, tls: NO_DEMANDS, shown: shownEndpoint(master) };
  return runServer(serverPlace("relay", directory), {
    logsToOutput,
    async open(log) {
      const quiet = { clock: systemClock, onStage: () => {}, onWarning: log };
      const relay = new Relay({
        clock: systemClock,
        log,
        graceMs: settings.grace * 1000,
        key,
        mostSessions: settings.sessions,
        openMaster: (signal) => connectToMaster(target, { ...quiet, signal }),
      });
      const server = await listenAsRelay({ listen, tls, relay, log });
      const facts = { pid: process.pid, version, listen: shownEndpoint(listen), master: target.shown };
      const closeStatus = openStatusSocket(() => ({ ...facts, ...relay.report() }) satisfies RelayStatus, log);
      return {
        note: `, on ${facts.listen}${tls === undefined ? "" : " over TLS"}, for the master at ${facts.master}`,
        close() {
          server.close();
          closeStatus();
          relay.close();
        },
      };
    },
  });
}
