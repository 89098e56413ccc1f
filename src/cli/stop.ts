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
  { name: "graceful", help: "wait until the running builds are over before the worker ends" },
  {
    name: "timeout",
    argument: "SECONDS",
    help: "with --graceful: stop waiting after this time, with exit code 124; the worker still ends after its builds",
  },
];

export const stopOptions: readonly OptionRow[] = [
  ...gracefulOptions,
  { name: "quiet", short: "q", help: "say nothing when all is well" },
  pidFileOption,
];

/** Those of start, whose part comes second, and those of stop. */
export const restartOptions: readonly OptionRow[] = [...gracefulOptions, ...startOptions];

/** Resolves to the exit code. Throws usage errors. */
export async function stop(options: ParsedOptions): Promise<number> {
  return (await endWorker(options, "worker not running")) ?? EXIT_USAGE;
}

/**
 * Resolves to the exit code of the start, which is tried also when the old worker would not go, unless that still waits
 * for its builds. Throws usage errors.
 */
export async function restart(options: ParsedOptions): Promise<number> {
  const code = await endWorker(options, "no old worker process found to stop");
  if (code === undefined) return EXIT_USAGE;
  if (code === EXIT_STILL_DRAINING) return code;
  sayUnlessQuiet(options)("now restarting worker process..");
  return start(options);
}

/** Whether to wait for builds, and how long; undefined for a stop at once. */
type Way = { readonly timeoutMs: number | undefined } | undefined;

function wayOf({ flags, values }: ParsedOptions): Way {
  const text = values.get("timeout");
  if (text === undefined) return flags.has("graceful") ? { timeoutMs: undefined } : undefined;
  if (!flags.has("graceful")) throw baseErrors.usage("--timeout needs --graceful");
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
  if (seconds > LONGEST_TIMER_SECONDS)
    throw baseErrors.usage(`--timeout must be a number of seconds up to ${LONGEST_TIMER_SECONDS}`);
  return { timeoutMs: seconds * 1000 };
}

/** Resolves to the exit code; undefined, with what is wrong said, when the directory is no worker's. */
async function endWorker(options: ParsedOptions, notRunning: string): Promise<number | undefined> {
  const directory = directoryArgument(options.rest);
  const way = wayOf(options);
  if (workerTac(directory) === undefined) return undefined;
  const say = sayUnlessQuiet(options);
  const place = pidPlace(directory, options.values.get("pidfile"));
  const outcome = await (way === undefined ? stopWorker(place, systemClock) : drainWorker(place, way.timeoutMs, say));
  switch (outcome.state) {
    case "not-running":
      say(notRunning);
      return 0;
    case "dead":
      say(`worker process ${outcome.pid} is dead`);
      return 0;
    case "alive":
      if (way !== undefined) return stillDraining(outcome.pid, say);
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
        say(`worker process ${pid} was told to end when no build runs on it any more`);
      },
      onWait: (waitedMs) => say(`waiting for the running build (${durationText(waitedMs)})...`),
    });
  } finally {
    if (leave !== undefined) process.off("SIGINT", leave).off("SIGTERM", leave);
  }
}

function stillDraining(pid: number, say: Say): number {
  say(`worker process ${pid} still waits for its builds, and will end after them`);
  return EXIT_STILL_DRAINING;
}
