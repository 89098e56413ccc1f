// The facts of a process in the text form that Prometheus reads. Pure.
import type { WorkerReport } from "../../worker/index.ts";
import { distinctNames } from "../worker-log.ts";
import type { ProcessStatus } from "./process-status.ts";

export interface EngineFacts {
  readonly residentBytes: number;
  /** How late the event loop was at worst since it was last asked. */
  readonly delaySeconds: number;
}

type Kind = "gauge" | "counter";
type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | boolean];

/** Of each worker: name, kind, help and value. */
const workerFamilies: readonly (readonly [string, Kind, string, (worker: WorkerReport) => number | boolean])[] = [
  ["attached", "gauge", "Whether the worker is attached to its master.", (one) => one.attached],
  ["reconnects_total", "counter", "How often it was attached again.", (one) => Math.max(one.attachments - 1, 0)],
  ["failures_in_a_row", "gauge", "Failed attempts and lost connections until now.", (one) => one.failures],
  ["commands_running", "gauge", "Commands that run now.", (one) => one.running_count],
  ["sent_bytes_total", "counter", "Bytes sent to the master.", (one) => one.sent_bytes],
  ["backlog_bytes", "gauge", "Output that the master has not acknowledged.", (one) => one.backlog_bytes],
];

export function metricsText(status: ProcessStatus, { residentBytes, delaySeconds }: EngineFacts): string {
  const { version, since, draining, workers } = status;
  const names = distinctNames(workers.map(({ name }) => name));
  const each = <Result>(make: (worker: WorkerReport, labels: Labels) => Result): readonly Result[] =>
    workers.map((worker, index) => make(worker, { worker: names[index]! }));
  const finished = each(({ finished: counts }, labels) =>
    Object.entries(counts).map(([result, count]): Sample => [{ ...labels, result }, count]),
  );
  return [
    family(["info", "gauge", "Version of the program."], [[{ version }, 1]]),
    family(["start_time_seconds", "gauge", "When it began, since 1970."], [[{}, Date.parse(since) / 1000]]),
    family(["draining", "gauge", "Whether it ends when its builds are over."], [[{}, draining]]),
    family(["resident_memory_bytes", "gauge", "Resident memory of the process."], [[{}, residentBytes]]),
    family(["event_loop_delay_seconds", "gauge", "The worst since the last request."], [[{}, delaySeconds]]),
    family(["commands_finished_total", "counter", "Commands that have ended."], finished.flat()),
    ...workerFamilies.map(([name, kind, help, valueIn]) =>
      family(
        [name, kind, help],
        each((worker, labels) => [labels, valueIn(worker)]),
      ),
    ),
  ].join("");
}

function family([name, kind, help]: readonly [string, Kind, string], samples: readonly Sample[]): string {
  const full = `buildhand_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${shown(labels)} ${Number(value)}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${kind}\n${lines.join("")}`;
}

function shown(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
