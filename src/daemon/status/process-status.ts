// The facts of a running process as others get them: plain values, each bounded, under names that stay.
import { clippedLine } from "../../base/clip.ts";
import type { WorkerStatus } from "../../worker/index.ts";

/** Builders and running commands that are listed of each worker; the others are counted. */
const MOST_LISTED = 100;
const LONGEST_FAILURE = 1000;

export interface CommandReport {
  readonly id: string;
  readonly command: string;
  /** Null where it is no plain word. */
  readonly program: string | null;
  readonly builder: string | null;
  /** When it began. */
  readonly since: string;
  readonly seconds: number;
}

export interface FinishedReport extends CommandReport {
  readonly result: "success" | "failure" | "error" | "lost";
  readonly exit_code: number | null;
  readonly error: string | null;
}

export interface WorkerReport {
  readonly name: string;
  /** Where its master is. */
  readonly master: string;
  readonly attached: boolean;
  /** `ready`, `waiting`, `ended`, or the stage of an attempt. */
  readonly connection: string;
  /** When that began. */
  readonly since: string;
  readonly next_attempt: string | null;
  /** Failed attempts and lost connections in a row. */
  readonly failures: number;
  /** How often it was attached. */
  readonly attachments: number;
  /** Why the last attempt or connection ended, also while another is attached since. */
  readonly last_failure: string | null;
  readonly last_failure_time: string | null;
  readonly builders: readonly string[];
  readonly builder_count: number;
  readonly running: readonly CommandReport[];
  readonly running_count: number;
  readonly last_commands: readonly FinishedReport[];
  /** How many have ended in each way. */
  readonly finished: Readonly<Record<FinishedReport["result"], number>>;
  readonly sent_bytes: number;
  /** Output that the master has not acknowledged yet. */
  readonly backlog_bytes: number;
}

/** All times are texts of ISO 8601 in UTC. */
export interface ProcessStatus {
  readonly pid: number;
  readonly version: string;
  /** When the process began. */
  readonly since: string;
  /** It ends when its builds are over. */
  readonly draining: boolean;
  readonly workers: readonly WorkerReport[];
}

export interface ProcessFacts extends Pick<ProcessStatus, "version" | "draining"> {
  readonly began: Date;
  readonly workers: readonly WorkerStatus[];
}

export function processStatus({ version, began, draining, workers }: ProcessFacts): ProcessStatus {
  return { pid: process.pid, version, since: began.toISOString(), draining, workers: workers.map(workerReport) };
}

/** Where a worker stands with its master, in a few words. */
export function standingText({ attached, master, last_failure, failures }: WorkerReport): string {
  if (attached) return `attached to ${master}`;
  if (last_failure === null || failures === 0) return `connecting to ${master}`;
  return `not attached to ${master}: ${last_failure}`;
}

function workerReport(status: WorkerStatus): WorkerReport {
  const { connection, builders, running, finished } = status;
  const { phase, since, nextAttempt, lastFailure } = connection;
  return {
    name: clippedLine(status.name),
    master: clippedLine(connection.target),
    attached: phase === "ready",
    connection: phase,
    since: since.toISOString(),
    next_attempt: nextAttempt?.toISOString() ?? null,
    failures: connection.failures,
    attachments: connection.connections,
    last_failure: lastFailure?.cause.slice(0, LONGEST_FAILURE).replaceAll(/\p{Cc}/gu, "?") ?? null,
    last_failure_time: lastFailure?.at.toISOString() ?? null,
    builders: builders.slice(0, MOST_LISTED).map(clippedLine),
    builder_count: builders.length,
    running: running.slice(0, MOST_LISTED).map(commandReport),
    running_count: running.length,
    last_commands: status.last.map((one) => ({
      ...commandReport(one),
      result: one.result,
      exit_code: one.exitCode ?? null,
      error: one.error === undefined ? null : clippedLine(one.error),
    })),
    finished: { ...finished },
    sent_bytes: status.sentBytes,
    backlog_bytes: status.backlogBytes,
  };
}

function commandReport(facts: WorkerStatus["running"][number]): CommandReport {
  return {
    id: clippedLine(facts.id),
    command: facts.command,
    program: facts.program ?? null,
    builder: facts.builder === undefined ? null : clippedLine(facts.builder),
    since: facts.began.toISOString(),
    seconds: Math.round(facts.durationMs / 100) / 10,
  };
}

type Kind =
  | "string"
  | "number"
  | "boolean"
  | "string?"
  | "number?"
  | readonly [Kind]
  | { readonly [key: string]: Kind };

const COMMAND = {
  id: "string",
  command: "string",
  program: "string?",
  builder: "string?",
  since: "string",
  seconds: "number",
} as const;

const PROCESS = {
  pid: "number",
  version: "string",
  since: "string",
  draining: "boolean",
  workers: [
    {
      name: "string",
      master: "string",
      attached: "boolean",
      connection: "string",
      since: "string",
      next_attempt: "string?",
      failures: "number",
      attachments: "number",
      last_failure: "string?",
      last_failure_time: "string?",
      builders: ["string"],
      builder_count: "number",
      running: [COMMAND],
      running_count: "number",
      last_commands: [{ ...COMMAND, result: "string", exit_code: "number?", error: "string?" }],
      finished: { success: "number", failure: "number", error: "number", lost: "number" },
      sent_bytes: "number",
      backlog_bytes: "number",
    },
  ],
} as const satisfies Kind;

/** Whether what somebody answered has all that is to be shown of it. */
export function isProcessStatus(value: unknown): value is ProcessStatus {
  return fits(value, PROCESS);
}

function fits(value: unknown, kind: Kind): boolean {
  if (typeof kind === "string") return `${typeof value}?`.startsWith(kind) || (value === null && kind.endsWith("?"));
  if (isList(kind)) return Array.isArray(value) && value.every((one) => fits(one, kind[0]));
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(kind).every(([key, of]) => fits((value as Readonly<Record<string, unknown>>)[key], of));
}

function isList(kind: Kind): kind is readonly [Kind] {
  return Array.isArray(kind);
}
