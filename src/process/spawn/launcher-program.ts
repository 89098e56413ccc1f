// The launcher's own process, which nobody imports: starts programs for the worker whose child it is, which launcher.ts
// explains. It takes its requests from stdin and answers on stdout. The only argument is the worker's pid.
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

/** As lists of processes show it. */
const NAME = "buildhand-launcher";

/** What is sent to the worker's group, or to all of a service, concerns the worker: it tells what becomes of programs. */
const NOT_FOR_US: readonly NodeJS.Signals[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"];

const ACCESS = [constants.O_RDONLY, constants.O_WRONLY, constants.O_WRONLY] as const;

const workerPid = Number(process.argv.at(-1));
const runningPids = new Set<number>();

process.title = NAME;
for (const signal of NOT_FOR_US) process.on(signal, () => {});
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
  if (process.ppid !== workerPid) end(); // it is dead, and its descriptors may be another's
  const { id } = request;
  const opened = openAll(request.descriptors);
  if (opened === undefined) return answer({ type: "refused", id, cause: "descriptors" });
  const child = start(request, opened);
  for (const descriptor of opened) closeSync(descriptor);
  child?.on("error", () => {}); // told by the missing pid
  const pid = child?.pid;
  if (child === undefined || pid === undefined) return answer({ type: "refused", id, cause: "program" });
  raiseOomScore(pid); // at once: what it has started before stays as it is
  runningPids.add(pid);
  answer({ type: "started", id, pid });
  child.on("exit", (code, signal) => {
    runningPids.delete(pid);
    answer({ type: "ended", id, code, signal });
  });
}

/** Undefined when the system does not let us. */
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

/** The worker is gone, and may have been killed before it knew of what was just started. */
function end(): never {
  for (const pid of runningPids) signalGroup({ pid, reaped: false }, "SIGKILL");
  process.exit(0);
}
