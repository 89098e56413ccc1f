// The form of what a process tells of itself: names that scripts and dashboards rely on, and bounds.
import { describe, expect, it } from "vitest";
import { metricsText } from "../../../src/daemon/status/metrics-text.ts";
import { type ProcessStatus, standingText } from "../../../src/daemon/status/process-status.ts";
import { type WorkerFacts, workerReport } from "../../../src/worker/worker-report.ts";

const began = new Date("2026-11-30T10:00:00Z");
const since = began.toISOString();
const command = { id: "7", command: "shell", program: "make", builder: "b1", since, seconds: 1.2 };
const running = { ...command, waiting_for: "its turn" };
const finished = { ...command, result: "failure", exit_code: 2, error: null } as const;
const counts = { success: 1, failure: 1, error: 0, lost: 0 };

function facts(changes: Partial<WorkerFacts> = {}): WorkerFacts {
  return {
    name: "w1",
    connection: {
      phase: "ready",
      since: began,
      target: "master:9989",
      failures: 1,
      connections: 3,
      lastFailure: { at: began, cause: "TCP: refused" },
      nextAttempt: undefined,
    },
    builders: ["b1"],
    history: { running: () => [running], last: () => [finished], finished: counts },
    backlogBytes: 20,
    disk: null,
    ...changes,
  };
}

describe("the report of a worker", () => {
  it("has these keys and values", () => {
    expect(workerReport(facts())).toEqual({
      name: "w1",
      master: "master:9989",
      attached: true,
      connection: "ready",
      since,
      next_attempt: null,
      failures: 1,
      attachments: 3,
      last_failure: "TCP: refused",
      last_failure_time: since,
      builders: ["b1"],
      builder_count: 1,
      running: [running],
      running_count: 1,
      waiting_count: 1,
      disk: null,
      last_commands: [finished],
      finished: counts,
      backlog_bytes: 20,
      relay: null,
    });
  });

  it("is bounded whatever masters have sent", () => {
    const long = "x".repeat(100_000);
    const report = workerReport(
      facts({
        builders: Array<string>(10_000).fill(long),
        history: { running: () => Array.from({ length: 10_000 }, () => running), last: () => [], finished: counts },
        connection: { ...facts().connection, lastFailure: { at: began, cause: long } },
      }),
    );
    expect(JSON.stringify(report).length).toBeLessThan(100_000);
    expect(report).toMatchObject({ builder_count: 10_000, running_count: 10_000 });
  });
});

it.each([
  [{ phase: "ready", failures: 1 }, "attached to master:9989"],
  [{ phase: "TCP", failures: 0 }, "connecting to master:9989"],
  [{ phase: "TCP", failures: 1 }, "not attached to master:9989: TCP: refused"],
  [{ phase: "ended", failures: 1 }, "ended; last failure: TCP: refused"],
  [{ phase: "ended", failures: 0 }, "ended"],
] as const)("a worker with %j is %s", (changes, text) => {
  expect(standingText(workerReport(facts({ connection: { ...facts().connection, ...changes } })))).toBe(text);
});

describe("metrics", () => {
  const statusOf = (...workers: readonly WorkerFacts[]): ProcessStatus => {
    return { pid: 7, version: "1.0.0", since, draining: false, workers: workers.map(workerReport) };
  };

  it("are in Prometheus' text form, with one series for each worker and result", () => {
    const text = metricsText(statusOf(facts()));
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    for (const sample of samples)
      expect(sample).toMatch(/^buildhand_[a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? [\d.]+$/);
    expect(samples).toEqual(
      expect.arrayContaining([
        'buildhand_attached{worker="w1"} 1',
        'buildhand_reconnects_total{worker="w1"} 2',
        'buildhand_commands_running{worker="w1"} 1',
        'buildhand_commands_finished_total{worker="w1",result="failure"} 1',
        'buildhand_commands_waiting{worker="w1"} 1',
        'buildhand_disk_low{worker="w1"} 0',
        'buildhand_backlog_bytes{worker="w1"} 20',
      ]),
    );
    const families = [...text.matchAll(/^# TYPE (\S+) (?:gauge|counter)$/gm)].map(([, name]) => name);
    expect(new Set(families).size).toBe(families.length);
    for (const sample of samples) expect(families).toContain(sample.replace(/[{ ].*/, ""));
  });

  it("tell workers of the same name apart, and take any name", () => {
    const text = metricsText(statusOf(facts({ name: 'a"\\b' }), facts({ name: 'a"\\b' })));
    expect(text).toContain(String.raw`buildhand_attached{worker="a\"\\b"} 1`);
    expect(text).toContain(String.raw`buildhand_attached{worker="a\"\\b#2"} 1`);
  });
});
