// The last thing this process does: it ends, also when one of its threads cannot. Knows nothing of workers.
import { constants } from "node:os";
import { systemClock } from "../base/clock.ts";
import { delay } from "../base/waiting.ts";

/**
 * For what threads still do when everything else is over. A dead file server or name server never answers, and a normal
 * exit waits for every thread.
 */
const THREADS_LIMIT_MS = 2000;
const LOOK_MS = 20;
/** Node's names for what is done in a thread and may take for ever. */
const THREAD_WORK = /^(FSReq|GetAddrInfoReq|GetNameInfoReq)/;
/** As a shell shows an end by a signal. */
const SIGNALLED = 128;

/** Node.js has it from 22.15 on: becomes another program, without a word to the threads. */
interface Becoming {
  readonly execve?: (file: string, argv: readonly string[], environment: Readonly<Record<string, string>>) => never;
}

/**
 * Ends this process with `code`, whatever handles are open, within two seconds whatever its threads do: with `code` still
 * where Node.js can become another program, else by SIGKILL. `onStuck` is called before it leaves threads behind.
 */
export async function leave(code: number, onStuck: (sentence: string) => void = () => {}): Promise<never> {
  const endMs = systemClock.nowMs() + THREADS_LIMIT_MS;
  while (hasThreadWork()) {
    if (systemClock.nowMs() >= endMs) {
      onStuck("a file or a name server has not answered to this moment: leaving without the thread that waits for it");
      leaveThreads(code);
    }
    await delay(systemClock, LOOK_MS);
  }
  process.exit(code);
}

/**
 * Ends this process by `signal`, as whoever sent it expects; process 1, that of a container, which dies of no signal of its
 * own, with 128 and the signal's number.
 */
export async function leaveBy(signal: NodeJS.Signals, onStuck?: (sentence: string) => void): Promise<never> {
  if (process.pid !== 1) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  return leave(SIGNALLED + constants.signals[signal], onStuck);
}

/** Calls `onBug` for whatever nobody catches, and `end` the first time. */
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
  (process as Becoming).execve?.("/bin/sh", ["sh", "-c", `exit ${code}`], {});
  process.kill(process.pid, "SIGKILL");
  // Process 1 is still here; a fault of its own ends it, too.
  process.abort();
}
