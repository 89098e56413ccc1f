// What a worker is doing, as plain values under stable names: `buildhand status --json` prints them. Each is bounded.
import { clippedLine } from "../base/clip.ts";
import type { RelayedReport } from "../transport/index.ts";
import type { CommandHistory, FinishedReport, RunningReport } from "./command-history.ts";
import type { ConnectionStatus } from "./connection-state.ts";
import type { DiskReport } from "./open-admission.ts";

/** How many builders and running commands are listed; the others are only counted. */
const MOST_LISTED = 100;
const LONGEST_FAILURE = 1000;

/** All times are texts of ISO 8601 in UTC. */
export interface WorkerReport {
  readonly name: string;
  /** The address of its master. */
  readonly master: string;
  readonly attached: boolean;
  /** `ready`, `waiting`, `ended`, or the stage of an attempt. */
  readonly connection: string;
  /** When that began. */
  readonly since: string;
  readonly next_attempt: string | null;
  /** Failed attempts and lost connections in a row. */
  readonly failures: number;
  /** How often it attached. */
  readonly attachments: number;
  /** Why the last attempt or connection failed, also after it attached again. */
  readonly last_failure: string | null;
  readonly last_failure_time: string | null;
  /** Empty over MessagePack, whose masters do not name them. */
  readonly builders: readonly string[];
  readonly builder_count: number;
  /** The oldest first. */
  readonly running: readonly RunningReport[];
  readonly running_count: number;
  /** How many of them wait before they start. */
  readonly waiting_count: number;
  /** Null without a limit of free room. */
  readonly disk: DiskReport | null;
  /** The newest first. */
  readonly last_commands: readonly FinishedReport[];
  /** How many have ended in each way. */
  readonly finished: CommandHistory["finished"];
  /** Output that the master has not acknowledged yet. */
  readonly backlog_bytes: number;
  /** Null without a relay, or while not connected. */
  readonly relay: RelayedReport | null;
}

export interface WorkerFacts {
  readonly name: string;
  readonly connection: ConnectionStatus;
  readonly builders: readonly string[];
  readonly history: Pick<CommandHistory, "running" | "last" | "finished">;
  readonly backlogBytes: number;
  readonly disk: DiskReport | null;
  readonly relayed?: RelayedReport | undefined;
}

export function workerReport({
  name,
  connection,
  builders,
  history,
  backlogBytes,
  disk,
  relayed,
}: WorkerFacts): WorkerReport {
  const { phase, since, nextAttempt, lastFailure } = connection;
  const running = history.running();
  return {
    name: clippedLine(name),
    master: clippedLine(connection.target),
    attached: phase === "ready",
    connection: phase,
    since: since.toISOString(),
    next_attempt: nextAttempt?.toISOString() ?? null,
    failures: connection.failures,
    attachments: connection.connections,
    last_failure: lastFailure?.cause.slice(0, LONGEST_FAILURE) ?? null,
    last_failure_time: lastFailure?.at.toISOString() ?? null,
    builders: builders.slice(0, MOST_LISTED).map(clippedLine),
    builder_count: builders.length,
    running: running.slice(0, MOST_LISTED),
    running_count: running.length,
    waiting_count: running.filter((one) => one.waiting_for !== null).length,
    disk,
    last_commands: history.last(),
    finished: history.finished,
    backlog_bytes: backlogBytes,
    relay: relayed ?? null,
  };
}
