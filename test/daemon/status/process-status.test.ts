// The form of what a process tells of itself: names that scripts and dashboards rely on, and bounds.
import { describe, expect, it } from "vitest";
import { metricsText } from "../../../src/daemon/status/metrics-text.ts";
import { isProcessStatus, type ProcessStatus, processStatus } from "../../../src/daemon/status/process-status.ts";
import type { WorkerStatus } from "../../../src/worker/worker-service.ts";

const began = new Date("2026-11-30T10:00:00Z");

function workerStatus(changes: Partial<WorkerStatus> = {}): WorkerStatus {
  const command = { id: "7", command: "shell", program: "make", builder: "b1", began, durationMs: 1234 };
  return {
    name: "w1",
    connection: {
      phase: "ready",
      since: began,
      target: "master:9989",
      failures: 1,
      cause: undefined,
      failedStage: undefined,
      connections: 3,
      lastFailure: { at: began, cause: "TCP: refused" },
      nextAttempt: undefined,
    },
    builders: ["b1"],
    running: [command],
    last: [{ ...command, result: "failure", exitCode: 2 }],
    finished: { success: 1, failure: 1, error: 0, lost: 0 },
    sentBytes: 10,
    backlogBytes: 20,
    ...changes,
  };
}

const statusOf = (...workers: readonly WorkerStatus[]) =>
  processStatus({ version: "1.0.0", began, draining: false, workers });

describe("the status of a process", () => {
  it("has these keys and values", () => {
    const command = {
      id: "7",
      command: "shell",
      program: "make",
      builder: "b1",
      since: began.toISOString(),
      seconds: 1.2,
    };
    expect(statusOf(workerStatus())).toEqual({
      pid: process.pid,
      version: "1.0.0",
      since: "2026-11-30T10:00:00.000Z",
      draining: false,
      workers: [
        {
          name: "w1",
          master: "master:9989",
          attached: true,
          connection: "ready",
          since: "2026-11-30T10:00:00.000Z",
          next_attempt: null,
          failures: 1,
          attachments: 3,
          last_failure: "TCP: refused",
          last_failure_time: "2026-11-30T10:00:00.000Z",
          builders: ["b1"],
          builder_count: 1,
          running: [command],
          running_count: 1,
          last_commands: [{ ...command, result: "failure", exit_code: 2, error: null }],
          finished: { success: 1, failure: 1, error: 0, lost: 0 },
          sent_bytes: 10,
          backlog_bytes: 20,
        },
      ],
    });
  });

  it("is bounded whatever masters and builds have sent", () => {
    const [command] = workerStatus().running;
    const long = "x".repeat(100_000);
    const status = statusOf(
      workerStatus({
        builders: Array<string>(10_000).fill(long),
        running: Array(10_000).fill({ ...command, id: long, builder: long }),
        connection: { ...workerStatus().connection, lastFailure: { at: began, cause: long } },
      }),
    );
    expect(JSON.stringify(status).length).toBeLessThan(150_000);
    expect(status.workers[0]).toMatchObject({ builder_count: 10_000, running_count: 10_000 });
  });

  it("is known as one, and nothing else is", () => {
    const status: unknown = JSON.parse(JSON.stringify(statusOf(workerStatus())));
    expect(isProcessStatus(status)).toBe(true);
    expect(isProcessStatus({ ...(status as ProcessStatus), later: "an addition" })).toBe(true);
    for (const other of [null, [], "text", {}, { ...(status as ProcessStatus), workers: [{ name: "w1" }] }]) {
      expect(isProcessStatus(other)).toBe(false);
    }
  });
});

describe("metrics", () => {
  const engine = { residentBytes: 5, delaySeconds: { "0.5": 0, "0.99": 0.25, "1": 1 } };

  it("are in Prometheus' text form, with one series for each worker and result", () => {
    const text = metricsText(statusOf(workerStatus()), engine);
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    for (const sample of samples)
      expect(sample).toMatch(/^buildhand_[a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? [\d.]+$/);
    expect(samples).toEqual(
      expect.arrayContaining([
        'buildhand_attached{worker="w1"} 1',
        'buildhand_reconnects_total{worker="w1"} 2',
        'buildhand_commands_running{worker="w1"} 1',
        'buildhand_commands_finished_total{worker="w1",result="failure"} 1',
        'buildhand_sent_bytes_total{worker="w1"} 10',
        'buildhand_backlog_bytes{worker="w1"} 20',
        'buildhand_event_loop_delay_seconds{quantile="0.99"} 0.25',
        "buildhand_resident_memory_bytes 5",
      ]),
    );
    const families = [...text.matchAll(/^# TYPE (\S+) (?:gauge|counter)$/gm)].map(([, name]) => name);
    expect(new Set(families).size).toBe(families.length);
    for (const sample of samples) expect(families).toContain(sample.replace(/[{ ].*/, ""));
  });

  it("tell workers of the same name apart, and take any name", () => {
    const text = metricsText(statusOf(workerStatus({ name: 'a"\\b' }), workerStatus({ name: 'a"\\b' })), engine);
    expect(text).toContain(String.raw`buildhand_attached{worker="a\"\\b"} 1`);
    expect(text).toContain(String.raw`buildhand_attached{worker="a\"\\b#2"} 1`);
  });
});
