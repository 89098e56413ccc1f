// The state of a process in the text format of Prometheus. Pure.
import { metricHead, metricSample } from "../../base/metrics.ts";
import type { WorkerReport } from "../../worker/index.ts";
import { distinctNames } from "../worker-log.ts";
import type { ProcessStatus } from "./process-status.ts";

/** Kind, name and help of a metric that each worker has, and its value. */
const workerMetrics: readonly (readonly [
  "gauge" | "counter",
  string,
  string,
  (worker: WorkerReport) => number | boolean,
])[] = [
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
      metricSample("commands_finished_total", { worker, result }, count),
    ),
  );
  return [
    metricHead("gauge", "info", "Version of the program."),
    metricSample("info", { version }, 1),
    metricHead("gauge", "start_time_seconds", "Start time of the process, since 1970."),
    metricSample("start_time_seconds", {}, Date.parse(since) / 1000),
    metricHead("gauge", "draining", "Whether the process ends when its builds are over."),
    metricSample("draining", {}, draining),
    metricHead("counter", "commands_finished_total", "Commands that have ended."),
    ...finished,
    ...workerMetrics.flatMap(([kind, name, help, read]) => [
      metricHead(kind, name, help),
      ...all.map(({ report, worker }) => metricSample(name, { worker }, read(report))),
    ]),
  ].join("");
}
