// What a master knows about one of its workers: the row in its database and the live object.
import type { ControlLink } from "./control-link.ts";

export interface WorkerRow {
  readonly connected: boolean;
  /** Whether it refuses new builds because it was asked to shut down. */
  readonly graceful: boolean;
  /** As stored: admin, host, access_uri, version; null where the worker sent none. */
  readonly info: Readonly<Record<string, unknown>>;
  /** Command names and their versions. */
  readonly commands: Readonly<Record<string, string>>;
  /** All else the worker told about itself, such as numcpus, basedir and os_id. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Names of the builders configured for it. */
  readonly builders: readonly string[];
}

/** Rejects when the master has no worker of this name. */
export async function readWorker(link: ControlLink, name: string): Promise<WorkerRow> {
  const live = (await link.request("worker", { name })) as LiveWorker | null;
  const stored = (await link.request("get", { path: ["workers", name] })) as StoredWorker | null;
  if (live === null || stored === null) throw new Error(`the master has no worker named ${name}`);
  const { commands, properties, builders } = live;
  return {
    connected: live.connected && stored.connected_to.length > 0,
    graceful: stored.graceful,
    info: stored.workerinfo,
    commands,
    properties,
    builders,
  };
}

interface LiveWorker {
  readonly connected: boolean;
  readonly commands: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly builders: readonly string[];
}

interface StoredWorker {
  readonly connected_to: readonly unknown[];
  readonly graceful: boolean;
  readonly workerinfo: Readonly<Record<string, unknown>>;
}
