// The facts of a process in the text form that Prometheus reads. Pure.
import type { ProcessStatus, WorkerReport } from "./process-status.ts";

export interface EngineFacts {
  readonly residentBytes: number;
  /** How late the event loop was since it was last asked: at the median, at most times, and at worst, in seconds. */
  readonly delaySeconds: Readonly<Record<"0.5" | "0.99" | "1", number>>;
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number | boolean;
}

export function metricsText(status: ProcessStatus, { residentBytes, delaySeconds }: EngineFacts): string {
  const names = uniqueNames(status.workers);
  const each = (sampleOf: (worker: WorkerReport) => Sample["value"]): readonly Sample[] =>
    status.workers.map((worker, index) => ({ labels: { worker: names[index]! }, value: sampleOf(worker) }));
  const delays = Object.entries(delaySeconds).map(([quantile, value]) => ({ labels: { quantile }, value }));
  const finished = status.workers.flatMap((worker, index) =>
    Object.entries(worker.finished).map(([result, value]) => ({ labels: { worker: names[index]!, result }, value })),
  );
  return [
    family("info", "gauge", "Version of the program.", [{ labels: { version: status.version }, value: 1 }]),
    family("start_time_seconds", "gauge", "When the process began, since 1970.", [
      { value: Date.parse(status.since) / 1000 },
    ]),
    family("draining", "gauge", "Whether it ends when its builds are over.", [{ value: status.draining }]),
    family("resident_memory_bytes", "gauge", "Resident memory of the process.", [{ value: residentBytes }]),
    family("event_loop_delay_seconds", "gauge", "How late the event loop was since the last request.", delays),
    family(
      "attached",
      "gauge",
      "Whether the worker is attached to its master.",
      each((one) => one.attached),
    ),
    family(
      "reconnects_total",
      "counter",
      "How often it was attached again.",
      each(({ attachments }) => Math.max(attachments - 1, 0)),
    ),
    family(
      "failures_in_a_row",
      "gauge",
      "Failed attempts and lost connections until now.",
      each((one) => one.failures),
    ),
    family(
      "commands_running",
      "gauge",
      "Commands that run now.",
      each((one) => one.running_count),
    ),
    family("commands_finished_total", "counter", "Commands that have ended.", finished),
    family(
      "sent_bytes_total",
      "counter",
      "Bytes sent to the master.",
      each((one) => one.sent_bytes),
    ),
    family(
      "backlog_bytes",
      "gauge",
      "Output that the master has not acknowledged.",
      each((one) => one.backlog_bytes),
    ),
  ].join("");
}

function family(name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): string {
  const full = `buildhand_${name}`;
  const lines = samples.map(({ labels = {}, value }) => `${full}${shown(labels)} ${Number(value)}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join("")}`;
}

function shown(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** As in the log: the second of the same name is `NAME#2`. */
function uniqueNames(workers: readonly WorkerReport[]): readonly string[] {
  const names = workers.map(({ name }) => name);
  return names.map((name, index) => {
    const place = names.slice(0, index + 1).filter((one) => one === name).length;
    return place === 1 ? name : `${name}#${place}`;
  });
}
