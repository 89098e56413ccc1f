// Opens and closes a master with its store, listeners and status page.
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../base/clock.ts";
import { LoginDelays, listenForWorkers, Master, type MasterConfig, serveStatusPage } from "../master/index.ts";
import { publishAccess } from "./master-access.ts";
import { shownListener } from "./master-file.ts";
import { askStatus } from "./status/index.ts";

const TOKEN_BYTES = 32;

export interface MasterRequest {
  readonly config: MasterConfig;
  /** Absolute; contains master.yaml, the files that steps download, the store, and `uploads`. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
}

export interface RunningMaster {
  readonly master: Master;
  /** In the order of the configuration. */
  readonly ports: readonly number[];
  /** Of the status page; undefined if there is none. */
  readonly address: string | undefined;
  /**
   * Uses another configuration from now on. Returns the settings that differ but need a restart; their old values stay
   * in use.
   */
  reconfigure(config: MasterConfig): readonly string[];
  close(): Promise<void>;
}

interface Closable {
  close(): Promise<void>;
}

/** Rejects with the error of the part that cannot be opened, after it has closed the others. */
export async function openMaster({ config, directory, clock, log }: MasterRequest): Promise<RunningMaster> {
  const open: Closable[] = [];
  const close = async () => {
    for (const part of open.toReversed()) await part.close();
  };
  try {
    const master = new Master({ config, directory, clock, log, askRelay: (at) => askStatus(at, { staysHere: true }) });
    open.push(master);
    const loginDelays = new LoginDelays(clock);
    const ports: number[] = [];
    for (const listener of config.listeners) {
      const listening = await listenForWorkers(listener, master.workers, { loginDelays, clock, log });
      open.push(listening);
      ports.push(listening.port);
      log(`waiting for workers on ${shownListener({ ...listener, port: listening.port })}`);
    }
    const { view, sources: hooks } = master;
    const { web } = config;
    let currentWeb = web;
    const reconfigure = (next: MasterConfig) => {
      currentWeb = next.web ?? currentWeb;
      master.reconfigure(next);
      return unchangeable.filter((key) => !isDeepStrictEqual(fixedPart(config)[key], fixedPart(next)[key]));
    };
    let address: string | undefined;
    if (web !== undefined) {
      const localToken = randomBytes(TOKEN_BYTES).toString("base64url");
      const page = await serveStatusPage({ view, config: () => currentWeb ?? web, clock, log, hooks, localToken });
      address = page.address;
      open.push(page);
      const withdraw = publishAccess(directory, { address, token: localToken }, log);
      open.push({ close: async () => withdraw() });
    }
    master.start();
    return { master, ports, address, reconfigure, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is opened at the start only. */
const unchangeable = ["listeners", "web: host and port"] as const;

function fixedPart({ listeners, web }: MasterConfig): Readonly<Record<(typeof unchangeable)[number], unknown>> {
  return { listeners, "web: host and port": web && [web.host, web.port] };
}
