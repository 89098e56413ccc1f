// The launcher's own process, which is not imported anywhere: starts programs for its parent, the worker, see
// launcher.ts. It reads requests from stdin and writes answers to stdout. The only argument is the worker's pid.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { signalGroup } from "../tree/index.ts";
import {
  type LaunchAnswer,
  type LaunchDescriptors,
  type LaunchRequest,
  launchLine,
  lineSplitter,
  READY_LINE,
  readLaunchLine,
} from "./launcher-protocol.ts";
import { raiseOomScore } from "./oom-score.ts";

/** For process lists. */
const NAME = "buildhand-launcher";

/** Signals to the worker's group, or to all processes of a service, are for the worker: it decides about programs. */
const IGNORED_SIGNALS: readonly NodeJS.Signals[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"];

const ACCESS = [constants.O_RDONLY, constants.O_WRONLY, constants.O_WRONLY] as const;

const workerPid = Number(process.argv.at(-1));
const runningPids = new Set<number>();

process.title = NAME;
for (const signal of IGNORED_SIGNALS) process.on(signal, () => {});
process.stdout.on("error", end);
process.stdin.on("error", end);
process.stdin.on("end", end);
process.stdin.setEncoding("utf8");
process.stdin.on(
  "data",
  lineSplitter((line) => serve(readLaunchLine<LaunchRequest>(line))),
);
process.stdout.write(READY_LINE);

function serve(request: LaunchRequest): void {
  if (process.ppid !== workerPid) end(); // it is dead, and its pid may have been reused
  const { id } = request;
  const opened = openAll(request.descriptors);
  if (opened === undefined) return answer({ type: "refused", id, cause: "descriptors" });
  const child = start(request, opened);
  for (const descriptor of opened) closeSync(descriptor);
  child?.on("error", () => {}); // reported by the missing pid
  const pid = child?.pid;
  if (child === undefined || pid === undefined) return answer({ type: "refused", id, cause: "program" });
  raiseOomScore(pid); // at once: earlier children of it keep the old score
  runningPids.add(pid);
  answer({ type: "started", id, pid });
  child.on("exit", (code, signal) => {
    runningPids.delete(pid);
    answer({ type: "ended", id, code, signal });
  });
}

/** Undefined if that is not permitted. */
function openAll(descriptors: LaunchDescriptors): readonly number[] | undefined {
  const opened: number[] = [];
  try {
    for (const [place, descriptor] of descriptors.entries()) {
      opened.push(openSync(`/proc/${workerPid}/fd/${descriptor}`, ACCESS[place]!));
    }
    return opened;
  } catch {
    for (const descriptor of opened) closeSync(descriptor);
    return undefined;
  }
}

function start({ argv, cwd, env }: LaunchRequest, stdio: readonly number[]): ChildProcess | undefined {
  const [file = "", ...args] = argv;
  try {
    return spawn(file, args, { cwd, env, stdio: [...stdio], detached: true });
  } catch {
    return undefined;
  }
}

function answer(message: LaunchAnswer): void {
  process.stdout.write(launchLine(message));
}

/** The worker is gone, perhaps before it learned of the latest program. */
function end(): never {
  for (const pid of runningPids) signalGroup({ pid, reaped: false }, "SIGKILL");
  process.exit(0);
}
