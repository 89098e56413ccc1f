// buildhand stop and restart.
import { LONGEST_TIMER_SECONDS, systemClock } from "../base/clock.ts";
import { durationText } from "../base/duration.ts";
import { baseErrors } from "../base/errors.ts";
import {
  EXIT_STILL_DRAINING,
  EXIT_USAGE,
  type PidPlace,
  pidPlace,
  type StopOutcome,
  stopGracefully,
  stopWorker,
} from "../daemon/index.ts";
import type { OptionRow, ParsedOptions } from "./option-parser.ts";
import { type Say, sayUnlessQuiet } from "./printer.ts";
import { pidFileOption, start, startOptions } from "./start.ts";
import { directoryArgument, workerTac } from "./worker-directory.ts";

const gracefulOptions: readonly OptionRow[] = [
  { name: "graceful", help: "let the running builds finish before the worker exits" },
  {
    name: "timeout",
    argument: "SECONDS",
    help: "with --graceful: stop waiting after this time and exit with code 124; the worker still exits after its builds",
  },
];

export const stopOptions: readonly OptionRow[] = [
  ...gracefulOptions,
  { name: "quiet", short: "q", help: "print only errors" },
  pidFileOption,
];

/** Those of stop, then those of start. */
export const restartOptions: readonly OptionRow[] = [...gracefulOptions, ...startOptions];

/** Resolves to the exit code. Throws usage errors. */
export async function stop(options: ParsedOptions): Promise<number> {
  return (await endWorker(options, "worker not running")) ?? EXIT_USAGE;
}

/**
 * Resolves to the exit code of the start, which is attempted even when the old worker did not exit, unless that is still waiting
 * for its builds. Throws usage errors.
 */
export async function restart(options: ParsedOptions): Promise<number> {
  const code = await endWorker(options, "no old worker process found to stop");
  if (code === undefined) return EXIT_USAGE;
  if (code === EXIT_STILL_DRAINING) return code;
  sayUnlessQuiet(options)("now restarting worker process..");
  return start(options);
}

/** How long to wait for builds; undefined to stop at once. */
type GracefulStop = { readonly timeoutMs: number | undefined } | undefined;

function gracefulStop({ flags, values }: ParsedOptions): GracefulStop {
  const text = values.get("timeout");
  if (text === undefined) return flags.has("graceful") ? { timeoutMs: undefined } : undefined;
  if (!flags.has("graceful")) throw baseErrors.usage("--timeout needs --graceful");
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
  if (seconds > LONGEST_TIMER_SECONDS)
    throw baseErrors.usage(`--timeout must be a number of seconds up to ${LONGEST_TIMER_SECONDS}`);
  return { timeoutMs: seconds * 1000 };
}

/** Resolves to the exit code; prints an error and resolves to undefined when the directory is not a worker's. */
async function endWorker(options: ParsedOptions, notRunning: string): Promise<number | undefined> {
  const directory = directoryArgument(options.rest);
  const wait = gracefulStop(options);
  if (workerTac(directory) === undefined) return undefined;
  const say = sayUnlessQuiet(options);
  const place = pidPlace(directory, options.values.get("pidfile"));
  const outcome = await (wait === undefined ? stopWorker(place, systemClock) : drainWorker(place, wait.timeoutMs, say));
  switch (outcome.state) {
    case "not-running":
      say(notRunning);
      return 0;
    case "dead":
      say(`worker process ${outcome.pid} is dead`);
      return 0;
    case "alive":
      if (wait !== undefined) return stillDraining(outcome.pid, say);
      say("never saw process go away");
      return EXIT_USAGE;
    default:
      return outcome satisfies never;
  }
}

async function drainWorker(place: PidPlace, timeoutMs: number | undefined, say: Say): Promise<StopOutcome> {
  let leave: ((signal: NodeJS.Signals) => void) | undefined;
  try {
    return await stopGracefully(place, systemClock, {
      timeoutMs,
      onAsked(pid) {
        leave = (signal) => {
          stillDraining(pid, say);
          process.off(signal, leave!);
          process.kill(process.pid, signal);
        };
        process.on("SIGINT", leave).on("SIGTERM", leave);
        say(`worker process ${pid} exits when its running builds are complete`);
      },
      onWait: (waitedMs) => say(`waiting for the running build (${durationText(waitedMs)})...`),
    });
  } finally {
    if (leave !== undefined) process.off("SIGINT", leave).off("SIGTERM", leave);
  }
}

function stillDraining(pid: number, say: Say): number {
  say(`worker process ${pid} is still waiting for its builds, and exits after them`);
  return EXIT_STILL_DRAINING;
}
