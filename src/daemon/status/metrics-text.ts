// The facts of a process in the text format of Prometheus. Pure.
import type { WorkerReport } from "../../worker/index.ts";
import { distinctNames } from "../worker-log.ts";
import type { ProcessStatus } from "./process-status.ts";

export interface EngineFacts {
  readonly residentBytes: number;
  /** The longest delay of the event loop since the last request. */
  readonly delaySeconds: number;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | boolean];

const gauge = familyOf("gauge");
const counter = familyOf("counter");

export function metricsText(status: ProcessStatus, { residentBytes, delaySeconds }: EngineFacts): string {
  const { version, since, draining, workers } = status;
  const names = distinctNames(workers.map(({ name }) => name));
  const each = (read: (worker: WorkerReport) => number | boolean) =>
    workers.map((worker, index): Sample => [{ worker: names[index]! }, read(worker)]);
  const finished = workers.flatMap((worker, index) =>
    Object.entries(worker.finished).map(([result, count]): Sample => [{ worker: names[index]!, result }, count]),
  );
  return [
    gauge("info", "Version of the program.", [[{ version }, 1]]),
    gauge("start_time_seconds", "Start time of the process, since 1970.", [[{}, Date.parse(since) / 1000]]),
    gauge("draining", "Whether the process ends when its builds are over.", [[{}, draining]]),
    gauge("resident_memory_bytes", "Resident memory of the process.", [[{}, residentBytes]]),
    gauge("event_loop_delay_seconds", "Longest delay of the event loop since the last request.", [[{}, delaySeconds]]),
    counter("commands_finished_total", "Commands that have ended.", finished),
    gauge(
      "attached",
      "Whether the worker is attached to its master.",
      each((worker) => worker.attached),
    ),
    counter(
      "reconnects_total",
      "How often the worker attached again.",
      each((worker) => Math.max(worker.attachments - 1, 0)),
    ),
    gauge(
      "failures_in_a_row",
      "Failed attempts and lost connections in a row.",
      each((worker) => worker.failures),
    ),
    gauge(
      "commands_running",
      "Commands that run now.",
      each((worker) => worker.running_count),
    ),
    counter(
      "sent_bytes_total",
      "Bytes sent to the master.",
      each((worker) => worker.sent_bytes),
    ),
    gauge(
      "backlog_bytes",
      "Output that the master has not acknowledged.",
      each((worker) => worker.backlog_bytes),
    ),
  ].join("");
}

function familyOf(kind: "gauge" | "counter") {
  return (name: string, help: string, samples: readonly Sample[]): string => {
    const full = `buildhand_${name}`;
    const lines = samples.map(([labels, value]) => `${full}${shown(labels)} ${Number(value)}\n`);
    return `# HELP ${full} ${help}\n# TYPE ${full} ${kind}\n${lines.join("")}`;
  };
}

function shown(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
