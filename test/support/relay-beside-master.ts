// A relay of the program in this process, beside a master on loopback, behind a network that a test cuts.
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import {
  connectToMaster,
  listenAsRelay,
  type MasterTarget,
  Relay,
  type Relayed,
  type RelayRoute,
} from "../../src/transport/index.ts";
import type { RelayOptions } from "../../src/transport/relay/index.ts";
import { Relay as Network } from "./relay.ts";
import { tcpTarget } from "./tcp-target.ts";

const LOOPBACK = { kind: "tcp", host: "127.0.0.1", port: 0, timeoutMs: 5000, bindAddress: undefined } as const;

/** Short, so that tests need not wait. */
export const QUICK_LIMITS = { youngMs: 1500, readyMs: 2000 } as const;

export async function relayBeside(masterPort: number, options: Partial<RelayOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), "buildhand-relay-"));
  const log: string[] = [];
  const key = randomBytes(32);
  const quiet = { clock: systemClock, onStage: () => {}, onWarning: () => {} };
  const relay = new Relay({
    clock: systemClock,
    log: (text) => void log.push(text),
    graceMs: 20_000,
    silenceLimits: QUICK_LIMITS,
    key,
    mostSessions: 1000,
    openMaster: (signal) => connectToMaster(tcpTarget("127.0.0.1", masterPort), { ...quiet, signal }),
    ...options,
  });
  const server = await listenAsRelay({ listen: LOOPBACK, tls: undefined, relay, log: (text) => void log.push(text) });
  const { port } = server.address() as AddressInfo;
  const network = await Network.listen({ port });
  /** `name`: of the file with the worker's instance. */
  const routeOf = (name: string, more: Partial<RelayRoute> = {}): RelayRoute => ({
    endpoint: { ...LOOPBACK, port: network.port },
    shown: `127.0.0.1:${network.port}`,
    key,
    pin: undefined,
    instancePath: join(directory, createHash("sha1").update(name).digest("hex")),
    label: name,
    backlogBytes: 32 * 1024 * 1024,
    ...more,
  });
  const targetOf = (name: string, more: Partial<RelayRoute> = {}): MasterTarget => ({
    ...tcpTarget("127.0.0.1", masterPort),
    relay: routeOf(name, more),
  });
  return {
    relay,
    port,
    key,
    log,
    network,
    targetOf,
    /** A connection as a worker has it; `said` is what its log would have. */
    async connect(name: string, more: Partial<RelayRoute> = {}) {
      let relayed: Relayed | undefined;
      const said: string[] = [];
      const socket = await connectToMaster(targetOf(name, more), {
        ...quiet,
        onWarning: (text) => void said.push(text),
        signal: new AbortController().signal,
        onRelayed: (one) => {
          relayed = one;
        },
      });
      socket.on("error", (error) => void said.push(error.message));
      return { socket, relayed: relayed!, said };
    },
    async end() {
      relay.close();
      await network.close();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true });
    },
  };
}

export type RelayBeside = Awaited<ReturnType<typeof relayBeside>>;
