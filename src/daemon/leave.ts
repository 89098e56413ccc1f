// Ends this process, even if one of its threads is blocked.
import { constants } from "node:os";
import { systemClock } from "../base/clock.ts";
import { isWindows } from "../base/platform.ts";
import { delay } from "../base/waiting.ts";

/**
 * How long to wait for threads. A normal exit waits for every thread, and a file server or name server that is down never
 * responds.
 */
const THREADS_LIMIT_MS = 2000;
const POLL_MS = 20;
/** Node.js's names of operations that run in a thread and may never end. */
const THREAD_WORK = /^(FSReq|GetAddrInfoReq|GetNameInfoReq)/;
/** Added to the signal's number, as in a shell. */
const SIGNALLED = 128;

/** Node.js has it since 22.15. It replaces the process without waiting for its threads. */
interface Replaceable {
  readonly execve?: (file: string, argv: readonly string[], environment: Readonly<Record<string, string>>) => never;
}

/**
 * Ends this process with `code`, even with open handles. After two seconds it no longer waits for threads: it calls
 * `onStuck` and ends with `code` if Node.js has `execve`, otherwise by SIGKILL.
 */
export async function leave(code: number, onStuck: (sentence: string) => void = () => {}): Promise<never> {
  const endMs = systemClock.nowMs() + THREADS_LIMIT_MS;
  while (hasThreadWork()) {
    if (systemClock.nowMs() >= endMs) {
      onStuck("a file server or name server does not respond: exiting without the thread that waits for it");
      leaveThreads(code);
    }
    await delay(systemClock, POLL_MS);
  }
  process.exit(code);
}

/**
 * Ends this process by `signal`, as the sender expects. Process 1 in a container, which cannot kill itself, exits with 128
 * plus the signal's number.
 */
export async function leaveBy(signal: NodeJS.Signals, onStuck?: (sentence: string) => void): Promise<never> {
  if (process.pid !== 1 && !isWindows) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  return leave(SIGNALLED + constants.signals[signal], onStuck);
}

/** Calls `onBug` for each uncaught error, and `end` for the first one. */
export function endOnBug(onBug: (error: unknown) => void, end: () => void): void {
  let isEnding = false;
  const fatal = (error: unknown) => {
    onBug(error);
    if (isEnding) return;
    isEnding = true;
    end();
  };
  process.on("uncaughtException", fatal);
  process.on("unhandledRejection", fatal);
}

function hasThreadWork(): boolean {
  return process.getActiveResourcesInfo().some((name) => THREAD_WORK.test(name));
}

function leaveThreads(code: number): never {
  (process as Replaceable).execve?.("/bin/sh", ["sh", "-c", `exit ${code}`], {});
  process.kill(process.pid, "SIGKILL");
  // Process 1 ignores its own SIGKILL, but not a fault.
  process.abort();
}
