// Runs a program of the host and returns its output, with a time limit and an output limit.
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Clock } from "../base/clock.ts";
import { systemReason } from "../base/system-error.ts";
import { signalGroup } from "../process/tree/index.ts";

/** Default limit of the kept standard output, and of standard error. */
const OUTPUT_LIMIT_BYTES = 16 * 1024;

export interface Question {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly limitMs: number;
  readonly outputLimitBytes?: number;
  readonly clock: Clock;
}

export type Answer =
  | {
      readonly kind: "ended";
      readonly code: number | null;
      readonly stdout: string;
      readonly stderr: string;
      readonly tookMs: number;
    }
  /** The time limit expired; it was killed with its group. */
  | { readonly kind: "timeout" }
  | { readonly kind: "not started"; readonly reason: string };

/** Never rejects. The program has no input, no terminal, its own session, and the working directory `/`. */
export function askProgram(question: Question): Promise<Answer> {
  const { argv, environment, limitMs, outputLimitBytes = OUTPUT_LIMIT_BYTES, clock } = question;
  const [file = "", ...args] = argv;
  const startedMs = clock.nowMs();
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: "/",
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const stdout = beginningOf(child.stdout, outputLimitBytes);
    const stderr = beginningOf(child.stderr, outputLimitBytes);
    const finish = (answer: Answer) => {
      timer.cancel();
      // A leftover process that holds its output open must not keep us running.
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(answer);
    };
    const timer = clock.after(limitMs, () => {
      if (child.pid !== undefined) signalGroup({ pid: child.pid, reaped: false }, "SIGKILL");
      finish({ kind: "timeout" });
    });
    child.on("error", (error) => finish({ kind: "not started", reason: systemReason(error) }));
    child.on("close", (code) => {
      const tookMs = clock.nowMs() - startedMs;
      finish({ kind: "ended", code, stdout: stdout(), stderr: stderr(), tookMs });
    });
  });
}

/** Keeps the beginning; the rest is read and dropped. */
function beginningOf(stream: Readable, limitBytes: number): () => string {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  stream.on("data", (chunk: Buffer) => {
    if (sizeBytes < limitBytes) chunks.push(chunk);
    sizeBytes += chunk.length;
  });
  return () => Buffer.concat(chunks).subarray(0, limitBytes).toString();
}
