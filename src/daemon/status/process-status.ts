// The state of a running process as others see it: plain values, each bounded, under stable names.
import type { WorkerReport } from "../../worker/index.ts";

export interface ProcessStatus {
  readonly pid: number;
  readonly version: string;
  /** When the process began: ISO 8601 in UTC. */
  readonly since: string;
  /** It ends when its builds are over. */
  readonly draining: boolean;
  readonly workers: readonly WorkerReport[];
}

/** The state of a worker's connection, in a few words. */
export function standingText({ attached, connection, master, last_failure, failures }: WorkerReport): string {
  if (attached) return `attached to ${master}`;
  const isFailing = last_failure !== null && failures > 0;
  if (connection === "ended") return isFailing ? `ended; last failure: ${last_failure}` : "ended";
  return isFailing ? `not attached to ${master}: ${last_failure}` : `connecting to ${master}`;
}
