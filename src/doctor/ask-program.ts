// Asks a program of the host something, within a time and an amount of output, and leaves nothing of it running.
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Clock } from "../base/clock.ts";
import { systemReason } from "../base/system-error.ts";
import { signalGroup } from "../process/tree/index.ts";

/** More of what it prints on each of the two is not kept, unless more is asked for. */
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
      readonly printed: string;
      /** On standard error. */
      readonly complained: string;
      readonly tookMs: number;
    }
  /** Its time was over; it was killed with its group. */
  | { readonly kind: "late" }
  | { readonly kind: "not started"; readonly reason: string };

/** Never rejects. The program has no input, no terminal and a session of its own, and works in `/`. */
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
    const printed = beginningOf(child.stdout, outputLimitBytes);
    const complained = beginningOf(child.stderr, outputLimitBytes);
    const finish = (answer: Answer) => {
      timer.cancel();
      // Who holds its output open beyond its end must not hold us.
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(answer);
    };
    const timer = clock.after(limitMs, () => {
      if (child.pid !== undefined) signalGroup({ pid: child.pid, reaped: false }, "SIGKILL");
      finish({ kind: "late" });
    });
    child.on("error", (error) => finish({ kind: "not started", reason: systemReason(error) }));
    child.on("close", (code) => {
      const tookMs = clock.nowMs() - startedMs;
      finish({ kind: "ended", code, printed: printed(), complained: complained(), tookMs });
    });
  });
}

/** What has come of it; the rest is read and dropped. */
function beginningOf(stream: Readable, limitBytes: number): () => string {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  stream.on("data", (chunk: Buffer) => {
    if (sizeBytes < limitBytes) chunks.push(chunk);
    sizeBytes += chunk.length;
  });
  return () => Buffer.concat(chunks).subarray(0, limitBytes).toString();
}
