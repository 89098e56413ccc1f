// buildhand stop and restart.
import { systemClock } from "../base/clock.ts";
import { EXIT_USAGE } from "../daemon/exit-codes.ts";
import { type PidPlace, pidPlace } from "../daemon/pid-file.ts";
import { stopWorker } from "../daemon/stop-worker.ts";
import { type OptionRow, parseOptions } from "./option-parser.ts";
import { pidFileOption, start, startOptions } from "./start.ts";
import { directoryArgument, workerTac } from "./worker-directory.ts";

export const stopOptions: readonly OptionRow[] = [
  { name: "quiet", short: "q", help: "say nothing when all is well" },
  pidFileOption,
];

/** Same options as start, whose part comes second. */
export const restartOptions: readonly OptionRow[] = startOptions;

type Say = (line: string) => void;

/** Resolves to the exit code. Throws usage errors. */
export async function stop(argv: readonly string[]): Promise<number> {
  const { flags, values, rest } = parseOptions(stopOptions, argv);
  const directory = directoryArgument(rest);
  if (workerTac(directory) === undefined) return EXIT_USAGE;
  const place = pidPlace(directory, values.get("pidfile"));
  return endWorker(place, { say: sayUnless(flags.has("quiet")), notRunning: "worker not running" });
}

/** Resolves to the exit code of the start, which is tried also when the old worker would not go. Throws usage errors. */
export async function restart(argv: readonly string[]): Promise<number> {
  const { flags, values, rest } = parseOptions(restartOptions, argv);
  const directory = directoryArgument(rest);
  if (workerTac(directory) === undefined) return EXIT_USAGE;
  const say = sayUnless(flags.has("quiet"));
  const place = pidPlace(directory, values.get("pidfile"));
  await endWorker(place, { say, notRunning: "no old worker process found to stop" });
  say("now restarting worker process..");
  return start(argv);
}

async function endWorker(place: PidPlace, { say, notRunning }: { say: Say; notRunning: string }): Promise<number> {
  const outcome = await stopWorker(place, systemClock);
  switch (outcome.state) {
    case "not-running":
      say(notRunning);
      return 0;
    case "dead":
      say(`worker process ${outcome.pid} is dead`);
      return 0;
    case "alive":
      say("never saw process go away");
      return EXIT_USAGE;
    default:
      return outcome satisfies never;
  }
}

function sayUnless(quiet: boolean): Say {
  return quiet ? () => {} : (line) => console.log(line);
}
