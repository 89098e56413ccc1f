// The text of `status`: a few lines for each worker. Pure.
import { durationText } from "../base/duration.ts";
import { type ProcessStatus, standingText } from "../daemon/index.ts";
import type { WorkerReport } from "../worker/index.ts";

/** One object of `status --json`. */
export interface BasedirStatus {
  /** Absolute. */
  readonly basedir: string;
  /** `attached` if all its workers are. */
  readonly state: "attached" | "not attached" | "not running" | "unknown";
  /** Why it is unknown. */
  readonly reason: string | null;
  /** Null when no process is running. */
  readonly process: ProcessStatus | null;
  /** From the log when no process is running, like its last lines. */
  readonly last_failure: string | null;
  readonly log: readonly string[];
}

const SHOWN_BUILDERS = 10;
const SHOWN_LAST = 3;

/** `now`: in milliseconds since 1970. Control characters are replaced. */
export function statusText({ basedir, state, reason, process, last_failure, log }: BasedirStatus, now: number): string {
  if (process === null) {
    return lines(`${basedir}: ${state}`, [
      ...(reason === null ? [] : [reason]),
      ...(last_failure === null ? [] : [`last failure: ${last_failure}`]),
      ...(log.length === 0 ? [] : ["end of the log:", ...log.map((line) => `  ${line}`)]),
    ]);
  }
  const { pid, version, since, draining } = process;
  const head = `process ${pid}, version ${version}, running for ${ago(since, now)}`;
  return [
    `${basedir}: ${head}${draining ? "; draining: it exits after its running builds" : ""}`.replaceAll(/\p{Cc}/gu, "?"),
    ...process.workers.map((worker) => workerText(worker, now)),
  ].join("\n");
}

function workerText(worker: WorkerReport, now: number): string {
  const { builders, running, last_commands, disk, relay } = worker;
  const { attached, last_failure, last_failure_time, next_attempt } = worker;
  const names = builders.slice(0, SHOWN_BUILDERS).join(", ");
  const more = worker.builder_count > SHOWN_BUILDERS ? ` and ${worker.builder_count - SHOWN_BUILDERS} more` : "";
  return lines(`${worker.name}: ${standingText(worker)}${attached ? ` for ${ago(worker.since, now)}` : ""}`, [
    ...(next_attempt === null ? [] : [`next attempt in ${durationText(Math.max(Date.parse(next_attempt) - now, 0))}`]),
    ...(worker.builder_count === 0 ? [] : [`builders: ${names}${more}`]),
    ...(running.length === 0 ? ["no command is running"] : []),
    ...running.map((one) => `running: ${commandText(one)}, for ${secondsText(one.seconds)}${waitingText(one)}`),
    ...(worker.running_count > running.length ? [`running: ${worker.running_count - running.length} more`] : []),
    ...last_commands
      .slice(0, SHOWN_LAST)
      .map((one) => `ended: ${commandText(one)}, ${resultText(one)} after ${secondsText(one.seconds)}`),
    ...(disk === null || disk.state === "ok" ? [] : [diskText(disk)]),
    ...(worker.backlog_bytes === 0 ? [] : [`output not yet acknowledged by the master: ${worker.backlog_bytes} bytes`]),
    ...(relay === null ? [] : [relayText(relay)]),
    ...(attached && last_failure !== null && last_failure_time !== null
      ? [`last failure, ${ago(last_failure_time, now)} ago: ${last_failure}`]
      : []),
  ]);
}

type CommandReport = Omit<WorkerReport["running"][number], "waiting_for">;

function commandText({ id, command, program, builder }: CommandReport): string {
  const what = program === null ? command : `${command} (${program})`;
  return `command ${id}, ${what}${builder === null ? "" : ` on ${builder}`}`;
}

function waitingText({ waiting_for }: WorkerReport["running"][number]): string {
  return waiting_for === null ? "" : `; waiting for ${waiting_for}`;
}

function diskText({ state, free_bytes, free_inodes }: NonNullable<WorkerReport["disk"]>): string {
  const effect = state === "full" ? "; new commands wait, and are refused" : "";
  return `disk ${state}: ${free_bytes} bytes and ${free_inodes ?? "uncounted"} inodes are free${effect}`;
}

function resultText({ result, exit_code, error }: WorkerReport["last_commands"][number]): string {
  if (result === "lost") return "lost with the connection";
  return error === null ? `exit code ${exit_code ?? 0}` : `failed (${error})`;
}

function relayText({ relay, connected, down_seconds, waiting_bytes, resumed }: NonNullable<WorkerReport["relay"]>) {
  if (connected) return `through the relay at ${relay}, resumed ${resumed} ${resumed === 1 ? "time" : "times"}`;
  return `the line to the relay at ${relay} has been down for ${secondsText(down_seconds)}: commands continue, ${waiting_bytes} bytes wait`;
}

function secondsText(seconds: number): string {
  return durationText(seconds * 1000);
}

function ago(time: string, now: number): string {
  return durationText(Math.max(now - Date.parse(time), 0));
}

function lines(head: string, rest: readonly string[]): string {
  return [head, ...rest.map((line) => `  ${line}`)].map((line) => line.replaceAll(/\p{Cc}/gu, "?")).join("\n");
}
