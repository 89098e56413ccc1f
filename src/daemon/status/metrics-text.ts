// The state of a process in the text format of Prometheus. Pure.
import type { WorkerReport } from "../../worker/index.ts";
import { distinctNames } from "../worker-log.ts";
import type { ProcessStatus } from "./process-status.ts";

type Labels = Readonly<Record<string, string>>;
type Value = number | boolean;

/** Kind, name and help of a metric that each worker has, and its value. */
const workerMetrics: readonly (readonly ["gauge" | "counter", string, string, (worker: WorkerReport) => Value])[] = [
  ["gauge", "attached", "Whether the worker is attached to its master.", (worker) => worker.attached],
  ["counter", "reconnects_total", "Times the worker attached again.", (worker) => Math.max(worker.attachments - 1, 0)],
  ["gauge", "failures_in_a_row", "Failed attempts and lost connections in a row.", (worker) => worker.failures],
  ["gauge", "commands_running", "Commands that run now.", (worker) => worker.running_count],
  ["gauge", "commands_waiting", "Commands that wait before they start.", (worker) => worker.waiting_count],
  [
    "gauge",
    "disk_low",
    "Whether free disk space or inodes are below a limit.",
    ({ disk }) => (disk?.state ?? "ok") !== "ok",
  ],
  ["gauge", "backlog_bytes", "Output that the master has not acknowledged.", (worker) => worker.backlog_bytes],
];

export function metricsText({ version, since, draining, workers }: ProcessStatus): string {
  const names = distinctNames(workers.map(({ name }) => name));
  const all = workers.map((report, index) => ({ report, worker: names[index]! }));
  const finished = all.flatMap(({ report, worker }) =>
    Object.entries(report.finished).map(([result, count]) =>
      sample("commands_finished_total", { worker, result }, count),
    ),
  );
  return [
    head("gauge", "info", "Version of the program."),
    sample("info", { version }, 1),
    head("gauge", "start_time_seconds", "Start time of the process, since 1970."),
    sample("start_time_seconds", {}, Date.parse(since) / 1000),
    head("gauge", "draining", "Whether the process ends when its builds are over."),
    sample("draining", {}, draining),
    head("counter", "commands_finished_total", "Commands that have ended."),
    ...finished,
    ...workerMetrics.flatMap(([kind, name, help, read]) => [
      head(kind, name, help),
      ...all.map(({ report, worker }) => sample(name, { worker }, read(report))),
    ]),
  ].join("");
}

function head(kind: "gauge" | "counter", name: string, help: string): string {
  return `# HELP buildhand_${name} ${help}\n# TYPE buildhand_${name} ${kind}\n`;
}

function sample(name: string, labels: Labels, value: Value): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `buildhand_${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${Number(value)}\n`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
